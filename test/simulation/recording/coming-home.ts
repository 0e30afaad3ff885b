import type { World } from '../world.ts';

const STEP_MS = 5000;
/** Servers are asked every 30 s what they owe, twice for each pack, and what failed last is tried after growing pauses. */
const WITHIN_MS = 300_000;
const ORDERED_EVERY_MS = 30_000;

/** A1, A3, A5: once nothing is broken any more, every recording gets to the server where it belongs. Operators order it, so that no pause is waited for. */
export async function comeHome(world: World): Promise<void> {
  const { recordings, clock } = world;
  if (recordings === undefined) return;
  const startMs = clock.nowMs;
  let orderedMs = Number.NEGATIVE_INFINITY;
  while (clock.nowMs - startMs < WITHIN_MS && world.violations.length === 0 && recordings.owed().length > 0) {
    if (clock.nowMs - orderedMs >= ORDERED_EVERY_MS) {
      orderedMs = clock.nowMs;
      for (const { recording } of world.hosts) {
        recording?.ask(
          async ({ desk }) => desk.orderReturns({ order: 'now' }),
          () => {},
        );
      }
    }
    await world.run(clock.nowMs + STEP_MS);
  }
  if (world.violations.length > 0) return;
  const owed = recordings.owed();
  if (owed.length > 0) world.violate('A5', `not returned: ${owed.join(', ')}`);
  recordings.judge();
}
