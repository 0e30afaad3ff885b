import { eventually } from './eventually.ts';
import type { TestHerd } from './test-herd.ts';
import { listingOf } from './viewer.ts';

const ANSWER_TIMEOUT_MS = 2000;
/** Beyond what the segments last. */
const LATE_MS = 15_000;

/**
 * Resolves when each of these streams has `count` new segments on the server that has it now. So a test lets an outage last as long as a
 * capture needs to store that much, and needs no clock.
 */
export async function recorded(herd: TestHerd, names: readonly string[], count: number): Promise<void> {
  const byServer = [...(await herd.byServer())];
  const lists = names.map((name) => {
    const [server] = byServer.find(([, streams]) => streams.includes(name)) ?? [];
    if (server === undefined) throw new Error(`${name} is captured nowhere`);
    return `${herd.server(server).url}/${name}/video.m3u8`;
  });
  const before = await Promise.all(lists.map(newestIn));
  await eventually(
    `${count} new segments of each of ${names.join(', ')}`,
    async () => {
      for (const [index, list] of lists.entries())
        if ((await newestIn(list)) < (before[index] ?? 0) + count) return false;
      return true;
    },
    { deadlineMs: count * 1000 + LATE_MS, everyMs: 200 },
  );
}

async function newestIn(list: string): Promise<number> {
  const answer = await fetch(list, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  const newest = listingOf(await answer.text()).segments.at(-1)?.number;
  if (newest === undefined) throw new Error(`${list} lists nothing`);
  return newest;
}
