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

/** Nothing of the page, as it is now, breaks the rules for screen readers, keyboards and contrast that axe-core can check. */
export async function isAccessible(page: Page): Promise<void> {
  const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  // By the debugger, and not as a script of the page, whose policy refuses it.
  await page.evaluate(await readFile(file, 'utf8'));
  const { violations } = await page.evaluate<Audit>('axe.run(document, { resultTypes: ["violations"] })');
  assert.equal(
    violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
  );
}
