import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { offer, recorderOn } from './archive-writing.ts';

const STREAMS = 100;
const SEGMENT_MS = 2000;
const SEGMENT_BYTES = 500_000;
/** Each offers its first segment, and some the second. */
const USUAL_MS = 3000;
const BEAT_MS = 250;
/** A timer as the control thread has it, which sends nothing: the archive is a thread beside it in a server too. */
const BEATS = `
  const { parentPort } = require('node:worker_threads');
  let lastMs = performance.now(), longestMs = 0;
  setInterval(() => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  }, ${BEAT_MS});
  parentPort.on('message', () => { parentPort.postMessage(longestMs); longestMs = 0; });
`;

export interface Delays {
  /** From the end of a segment to its being recorded, at most. */
  readonly segmentMs: number;
  /** From a beat to the next, at most. */
  readonly beatMs: number;
}

/** What is delayed by `work` on this thread, which records a hundred streams of 2 Mb/s beside it; and what is without it. */
export async function delaysBeside(
  root: string,
  work: () => Promise<unknown>,
): Promise<{ readonly usual: Delays; readonly beside: Delays }> {
  await mkdir(root, { recursive: true });
  const file = join(root, 'segment');
  await writeFile(file, Buffer.alloc(SEGMENT_BYTES, 0x47));
  const offeredMs = new Map<string, number>();
  let segmentMs = 0;
  const recorder = await recorderOn(join(root, 'recorded'), (event) => {
    if (event.type !== 'segment.stored') return;
    const sinceMs = offeredMs.get(`${event.stream}/${event.entry.number}`) ?? 0;
    segmentMs = Math.max(segmentMs, performance.now() - sinceMs);
  });
  const beats = new Worker(BEATS, { eval: true });
  let offered = 0;
  const beganMs = performance.now();
  // Those that a busy thread has not offered in time are offered with the time at which they ended.
  const offering = setInterval(() => {
    for (; beganMs + (offered * SEGMENT_MS) / STREAMS < performance.now(); offered += 1) {
      const [stream, index] = [`cam${offered % STREAMS}`, Math.floor(offered / STREAMS)];
      offeredMs.set(`${stream}/${100 + index}`, beganMs + (offered * SEGMENT_MS) / STREAMS);
      offer(recorder, stream, index, { file, bytes: SEGMENT_BYTES });
    }
  }, 5);
  const longestOf = async (task: () => Promise<unknown>): Promise<Delays> => {
    await told(beats);
    segmentMs = 0;
    await task();
    // A beat that is due comes before the answer.
    await pause(BEAT_MS);
    return { segmentMs, beatMs: await told(beats) };
  };
  const usual = await longestOf(() => pause(USUAL_MS));
  const beside = await longestOf(work);
  clearInterval(offering);
  await recorder.idle();
  await recorder.close('the bench is over');
  await beats.terminate();
  return { usual, beside };
}

function told(beats: Worker): Promise<number> {
  return new Promise((resolve) => {
    beats.once('message', resolve);
    beats.postMessage('longest');
  });
}
