import type { Random } from '../support/random.ts';
import type { World } from './world.ts';

/** Something that goes wrong at a moment, and how it ends. The host or stream that it concerns may be missing in a shrunk run. */
export interface Fault {
  readonly what: string;
  readonly forMs: number;
  begin(world: World): void;
  end(world: World): void;
}

export interface ScheduledFault extends Fault {
  /** Its place among all that were drawn. */
  readonly index: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What faults may concern, by name. */
export interface Stage {
  readonly hosts: readonly string[];
  readonly streams: readonly string[];
}

/** Mostly some seconds, near the times of the protocol; sometimes long. */
export function duration(random: Random): number {
  return random.chance(0.15) ? random.between(15_000, 60_000) : random.between(200, 15_000);
}

export function nothing(): void {}
