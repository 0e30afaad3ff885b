import { setTimeout as pause } from 'node:timers/promises';
import { beatGaps } from '../test/support/beat-gaps.ts';
import type { TestHerd } from '../test/support/test-herd.ts';

/** As often as a server sends one. */
const BEAT_MS = 250;

/** The longest time from a beat of any server to its next one, as a client of NATS hears them, while `work` is under way. */
export async function longestBeatMs(herd: TestHerd, work: () => Promise<unknown>): Promise<number> {
  using beats = beatGaps(herd);
  await work();
  // A beat that is late now is heard too.
  await pause(4 * BEAT_MS);
  return Math.max(...[...beats.of.values()].flat());
}
