import type { Page } from 'playwright-core';

/** Before now, in whole seconds. */
export const FROM = Math.floor(Date.now() / 1000) - 3000;
export const iso = (s: number) => new Date(1000 * s).toISOString();
export const STATUS = {
  stream: 'hall/cam1',
  ranges: [
    { from: FROM, duration: 1000, server: 's01', home: 's01', epoch: 1 },
    { from: FROM + 1060, duration: 1900, server: 's02', home: 's01', epoch: 2 },
  ],
  gaps: [{ from: FROM + 1000, duration: 60, why: 'its source gave no data' }],
  locks: [{ from: FROM + 1200, duration: 30, id: 'k1', note: 'the accident' }],
};

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="9"/>';

/** Recordings that are made up: answers of a server that has them. @returns what was asked for. */
export async function madeRecordings(page: Page, status = STATUS): Promise<readonly string[]> {
  const asked: string[] = [];
  await page.route(/:\d+\/hall\/cam1\/(?!embed)/, async (route) => {
    const leaf = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
    asked.push(leaf);
    // The player waits for the list of a past time, and its picture stands at that time.
    if (/^index-/.test(leaf)) return;
    if (leaf === 'recording_status.json') await route.fulfill({ json: [status] });
    else if (leaf.endsWith('-preview.jpg')) await route.fulfill({ body: PICTURE, contentType: 'image/svg+xml' });
    else if (/\.(?:ts|mp4)$/.test(leaf)) {
      await route.fulfill({ body: Buffer.alloc(5000), headers: { 'content-type': 'video/mp4' } });
    } else await route.fulfill({ status: 404, json: { error: 'nothing of that time' } });
  });
  return asked;
}
