import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { offer, recorderOn } from './archive-writing.ts';

const STREAMS = 100;
const SEGMENT_MS = 2000;
const SEGMENT_BYTES = 500_000;
/** Each offers its first segment, and some the second. */
const USUAL_MS = 3000;
/** Segments that are late now are recorded by then. */
const AFTER_MS = 250;

/** From the end of a segment to its being recorded, at most. */
export interface SegmentDelays {
  readonly usualMs: number;
  readonly besideMs: number;
}

/** How `work` on this thread delays segments, of which it records those of a hundred streams of 2 Mb/s beside it; and how late they are without it. */
export async function segmentsBeside(root: string, work: () => Promise<unknown>): Promise<SegmentDelays> {
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
  const longestOf = async (task: () => Promise<unknown>): Promise<number> => {
    segmentMs = 0;
    await task();
    await pause(AFTER_MS);
    return segmentMs;
  };
  const usualMs = await longestOf(() => pause(USUAL_MS));
  const besideMs = await longestOf(work);
  clearInterval(offering);
  await recorder.idle();
  await recorder.close('the bench is over');
  return { usualMs, besideMs };
}
