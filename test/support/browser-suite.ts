import type { Browser, BrowserContext } from 'playwright-core';
import { launchBrowser, NO_BROWSER } from './browser.ts';
import { suite } from './suite.ts';

/** As `Suite` of `suite.ts`, for tests in a browser. */
export interface BrowserSuite {
  (title: string, body: (context: BrowserContext) => Promise<void>): void;
  run(): void;
}

/**
 * A suite whose tests share one browser, since its start takes a second of a core. Each test has a context of its own: other cookies, other
 * pages. The last test ends the browser. Without a browser all tests are skipped.
 */
export function browserSuite(name: string, options: { readonly deadlineMs: number }): BrowserSuite {
  const inner = suite(name, options);
  let left = 0;
  let shared: Promise<Browser> | undefined;
  const lend = async (body: (context: BrowserContext) => Promise<void>) => {
    left -= 1;
    shared ??= launchBrowser();
    const browser = await shared;
    try {
      const context = await browser.newContext();
      await body(context);
      await context.close();
    } catch (error) {
      // After a failure the next test begins with a browser of its own.
      shared = undefined;
      await browser.close();
      throw error;
    }
    if (left === 0) await browser.close();
  };
  const test = (title: string, body: (context: BrowserContext) => Promise<void>) => {
    if (NO_BROWSER !== undefined) {
      inner.skip(title, NO_BROWSER);
      return;
    }
    left += 1;
    inner(title, () => lend(body));
  };
  return Object.assign(test, { run: inner.run });
}
