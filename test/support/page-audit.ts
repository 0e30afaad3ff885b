import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';

interface Audit {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/**
 * Nothing of the page, as it is now, breaks the rules for screen readers, keyboards and contrast that axe-core can check. The contrast
 * is checked in light and in dark.
 */
export async function isAccessible(page: Page): Promise<void> {
  const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  // By the debugger, and not as a script of the page, whose policy refuses it.
  await page.evaluate(await readFile(file, 'utf8'));
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.equal(await violations(page, "runOnly: ['color-contrast']"), [], 'in dark');
  await page.emulateMedia({ colorScheme: 'light' });
  assert.equal(await violations(page, ''), [], 'in light');
}

async function violations(page: Page, options: string): Promise<readonly string[]> {
  const { violations } = await page.evaluate<Audit>(`axe.run(document, { resultTypes: ['violations'], ${options} })`);
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}
