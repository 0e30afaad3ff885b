import { readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { MEDIA_ENDING } from '../src/archive/pack/pack-name.ts';
import { makeRoot } from '../test/support/archive/recordings.ts';
import { eventually } from '../test/support/eventually.ts';
import { withHerd } from '../test/support/herd.ts';
import type { Row } from './bench.ts';
import { longestBeatMs } from './heard-beats.ts';

/** A server removes what is too old once a minute: so the time before is about as long as the time in which it happens. */
const BEFORE_MS = 30_000;

/**
 * A real server that records a camera, with packs that are too old on its disk: do its beats come later while it removes them?
 *
 * @param makePacks puts so many packs there, all of them too old, which belong to `server`
 */
export async function retentionBesideBeats(
  root: string,
  packs: number,
  makePacks: (server: string) => Promise<void>,
): Promise<Row> {
  await makeRoot(root, 's1');
  await makePacks('s1');
  let before = 0;
  let meanwhile = 0;
  const options = { servers: 1, cameras: 1, dvr: true, otherwise: { s1: { archives: [root] } } };
  await withHerd(options, async (herd) => {
    const [camera] = herd.names;
    const leftOver = async () => {
      const files = await readdir(root, { recursive: true });
      return files.filter((file) => file.endsWith(MEDIA_ENDING) && !file.startsWith(`${camera}/`)).length;
    };
    before = await longestBeatMs(herd, () => pause(BEFORE_MS));
    if ((await leftOver()) !== packs)
      throw new Error(`${await leftOver()} of ${packs} packs are left before retention`);
    meanwhile = await longestBeatMs(herd, async () => {
      await eventually('they are removed', async () => (await leftOver()) === 0, {
        deadlineMs: 120_000,
        everyMs: 1000,
      });
    });
  });
  return {
    what: `a real server: from a beat, due every 250 ms, to the next at most, while it removes ${packs} packs; before`,
    time: `${Math.round(meanwhile)} ms; ${Math.round(before)} ms`,
    processor: '',
  };
}
