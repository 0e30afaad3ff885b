import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MEDIA_ENDING } from '../src/archive/pack/pack-name.ts';
import { makeRoot } from '../test/support/archive/recordings.ts';
import { eventually } from '../test/support/eventually.ts';
import { withHerd } from '../test/support/herd.ts';
import type { HerdServer } from '../test/support/herd-server.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { EDIT_AUTH } from '../test/support/test-herd.ts';
import type { Row } from './bench.ts';
import { longestBeatMs } from './heard-beats.ts';
import { madeMedia, makePack } from './made-packs.ts';

const HOUR_MS = 3_600_000;
const PACKS = 3;
const SEGMENTS = 2000;
const SEGMENT_BYTES = 256 * 1024;
/** About as long as the packs take. */
const BEFORE_MS = 10_000;
const STREAM = 'big';

/** Two real servers, each with a camera that it records: do their beats come later while packs return from one to the other at full speed? */
export async function returnBesideBeats(): Promise<Row> {
  await using folder = await tempFolder();
  const [home, holder] = [join(folder.path, 'home'), join(folder.path, 'holder')];
  await makeRoot(home, 's1');
  await makeRoot(holder, 's2');
  const media = madeMedia(Array.from({ length: SEGMENTS }, () => randomBytes(SEGMENT_BYTES)));
  for (let hour = 0; hour < PACKS; hour += 1) {
    const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - (PACKS - hour) * HOUR_MS;
    const pack = { stream: STREAM, epoch: 5, firstNumber: 1000 + hour * SEGMENTS, startMs };
    await makePack(holder, { ...pack, home: 's1', server: 's2', segmentMs: HOUR_MS / SEGMENTS }, media);
  }
  const options = {
    ...{ servers: 2, cameras: 2, captureAt: { cam1: 's1', cam2: 's2' }, dvr: true },
    // Nothing returns before it is told to.
    archiveReturn: { hours: hoursThatAreNotNow() },
    otherwise: { s1: { archives: [home] }, s2: { archives: [holder] } },
  };
  let before = 0;
  let meanwhile = 0;
  let tookMs = 0;
  await withHerd(options, async (herd) => {
    before = await longestBeatMs(herd, () => pause(BEFORE_MS));
    if ((await packsIn(home)) > 0) throw new Error('packs have returned before they were told to');
    meanwhile = await longestBeatMs(herd, async () => {
      const beganMs = performance.now();
      await returnNow(herd.server('s1'));
      const all = async () => (await packsIn(home)) === PACKS;
      await eventually('all packs are at home', all, { deadlineMs: 300_000, everyMs: 100 });
      tookMs = performance.now() - beganMs;
    });
  });
  const bytes = PACKS * media.bytes.length;
  return {
    what: `two real servers: from a beat, due every 250 ms, to the next at most, while ${PACKS} such packs come home; before`,
    time: `${Math.round(meanwhile)} ms; ${Math.round(before)} ms`,
    rate: `${Math.round(bytes / 1000 / tookMs)} MB/s`,
  };
}

async function packsIn(root: string): Promise<number> {
  const files = await readdir(join(root, STREAM), { recursive: true }).catch(() => []);
  return files.filter((file) => file.endsWith(MEDIA_ENDING)).length;
}

async function returnNow({ url }: HerdServer): Promise<void> {
  const { user, password } = EDIT_AUTH;
  const answer = await fetch(`${url}/api/v1/archive-returns`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${user}:${password}`)}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ order: 'now' }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** An hour that begins in some hours, in the time of this machine. */
function hoursThatAreNotNow(): string {
  const hour = (inHours: number) => `${String((new Date().getHours() + inHours) % 24).padStart(2, '0')}:00`;
  return `${hour(6)}-${hour(7)}`;
}
