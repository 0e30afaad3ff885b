import type { Instant } from '../domain/membership/owner-clock.ts';

/**
 * Until when a server process may be alive while it captures: moments on this host's two clocks, the earlier of which counts.
 *
 * Absolute, on clocks that both processes read: so a lease does not become longer while it waits in a pipe, or in a warden that gets
 * no CPU. The monotonic clock alone would stand still while the machine sleeps; the wall clock alone may be set back.
 */
export interface Lease {
  readonly untilMonoMs: number;
  readonly untilWallMs: number;
}

/** From the SIGKILL of a process group to the last of its connections being closed; some dozen ffmpegs need about 20 ms. */
const GROUP_KILL_MS = 50;

/** This moment, on clocks that mean the same in every process of this host. `performance.now()` starts with its process. */
export function sharedInstant(): Instant {
  return { monoMs: Number(process.hrtime.bigint()) / 1e6, wallMs: Date.now() };
}

/**
 * The lease of a session that stands for `standingMs` more.
 *
 * It lasts longer than the standing, by nearly all of `killMs`, which is what losing standing leaves a server to end its
 * captures itself: a server that is awake does so and lives on, and the rest of the time is enough for the warden's SIGKILL.
 *
 * @param asked read before the session was asked, so that a process that is stopped in between asks for too little.
 */
export function leaseOf(asked: Instant, standingMs: number, killMs: number): Lease {
  const lastsMs = standingMs + Math.max(killMs / 2, killMs - GROUP_KILL_MS);
  return { untilMonoMs: asked.monoMs + lastsMs, untilWallMs: asked.wallMs + lastsMs };
}

/** Not above 0: it is over. */
export function leaseLeftMs({ untilMonoMs, untilWallMs }: Lease, now: Instant): number {
  return Math.min(untilMonoMs - now.monoMs, untilWallMs - now.wallMs);
}
