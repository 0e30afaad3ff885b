import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { clipSegments, makeRoot, recordInto } from '../support/archive/recordings.ts';
import { beatGaps } from '../support/beat-gaps.ts';
import { eventually } from '../support/eventually.ts';
import { HangingDisk } from '../support/hanging-disk.ts';
import { withHerd } from '../support/herd.ts';
import { recorded } from '../support/recording.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('cluster/archive-hanging', { deadlineMs: 200_000 });

const SLOW = { deadlineMs: 60_000, everyMs: 200 };
const SEGMENTS = 30;
/** Viewers of the disk that hangs, at once: more than what may be read of one disk at a time, and of all. */
const STUCK_VIEWERS = 20;
/** Of what lies elsewhere. It takes some milliseconds; here much else runs on the machine. */
const ANSWER_MS = 4000;
/** A disk is given up after 5 s, and several calls may follow one another. */
const GIVEN_UP_MS = 20_000;
/** Of four a second. Three times as long, and the other servers begin to doubt. */
const LONGEST_BEAT_MS = 1500;

const START_S = Math.floor(Date.now() / 3_600_000) * 3600 - 3 * 3600;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

async function ask(url: string): Promise<Answer> {
  const beganMs = performance.now();
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
  return { status: response.status, text, ms: performance.now() - beganMs };
}

interface Status {
  readonly ranges: readonly object[];
  readonly unavailable?: readonly { readonly from: number; readonly duration: number }[];
}

async function statusOf(url: string, stream: string): Promise<Status | undefined> {
  // What the server answers by its own rules: the test reads what it compares.
  const [one] = JSON.parse((await ask(`${url}/${stream}/recording_status.json?detail=1`)).text) as Status[];
  return one;
}

async function hangs(): Promise<void> {
  await using folder = await tempFolder();
  const [stuck, well] = [join(folder.path, 'stuck'), join(folder.path, 'well')];
  const segments = (await clipSegments({ codec: 'libx264', seconds: 2, loops: SEGMENTS })).slice(0, SEGMENTS);
  for (const [root, stream] of [
    [stuck, 'stuck'],
    [well, 'well'],
  ] as const) {
    await makeRoot(root, 's1');
    await recordInto(root, 's1', { stream, epoch: 5, firstNumber: 100, startMs: START_S * 1000, segments });
  }
  const options = { servers: 1, cameras: 1, dvr: true, otherwise: { s1: { archives: [stuck, well] } } };
  await withHerd(options, async (herd) => {
    const { url } = herd.server('s1');
    const segment = (stream: string, index: number) => ask(`${url}/${stream}/5-${100 + index}.ts`);
    for (const stream of ['stuck', 'well']) assert.is((await segment(stream, 0)).status, 200, stream);
    using beats = beatGaps(herd);
    {
      await using _disk = await HangingDisk.over(stuck);
      // Segments that no cache has.
      const waiting = Array.from({ length: STUCK_VIEWERS }, (_, index) => segment('stuck', 1 + index));
      for (let index = 1; index < SEGMENTS; index += 1) {
        for (const answer of [
          await segment('well', index),
          await ask(`${url}/well/archive-${START_S}-${2 * index}.m3u8`),
          await ask(`${url}/cam1/video.m3u8`),
        ]) {
          assert.is(answer.status, 200, answer.text.slice(0, 300));
          assert.ok(answer.ms < ANSWER_MS, `${answer.ms} ms`);
        }
      }
      for (const { status, text, ms } of await Promise.all(waiting)) {
        assert.is(status, 503, text.slice(0, 300));
        assert.ok(ms < GIVEN_UP_MS, `${ms} ms`);
      }
      await eventually(
        'it is told which time cannot be had',
        async () => {
          const { unavailable = [] } = (await statusOf(url, 'stuck')) ?? {};
          return unavailable.some(({ from, duration }) => from === START_S && duration >= 2 * SEGMENTS - 1);
        },
        SLOW,
      );
      const list = await ask(`${url}/stuck/archive-${START_S}-20.m3u8`);
      assert.is(list.status, 503, list.text);
      await eventually('the operators are told', () =>
        herd.bus.events.some((event) => JSON.stringify(event).includes('archive-root-')),
      );
      // On the disk that is well, also if it was recorded on the other one before.
      await recorded(herd, ['cam1'], 3);
      const nowS = Math.floor(Date.now() / 1000);
      await eventually(
        'recording goes on',
        async () => (await ask(`${url}/cam1/archive-${nowS}-1.m3u8`)).status === 200,
        SLOW,
      );
    }
    await eventually('the disk is back', async () => (await segment('stuck', SEGMENTS - 1)).status === 200, SLOW);
    const longest = Math.max(...(beats.of.get('s1') ?? []));
    assert.ok(longest < LONGEST_BEAT_MS, `a beat came ${longest} ms after the one before`);
  });
}

const TITLE =
  'a disk that hangs for readers holds up no beat, no viewer of another disk and no recording, and its time is told';
const cannotMount = await HangingDisk.whyNot();
if (cannotMount === undefined) test(TITLE, hangs);
else test.skip(TITLE, cannotMount);

test.run();
