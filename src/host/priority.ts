import { getPriority, setPriority } from 'node:os';

/**
 * The order of work on an overloaded machine, as niceness (−20 is first, 19 last): leases and beats, then answers to
 * viewers, then captures, then exports of recordings. An ffmpeg that waits is late for a moment; a server that is late with its lease ends
 * all of its captures.
 */
const CONTROL = -10;
const ANSWERS = 0;
const CAPTURES = 10;
const EXPORTS = 15;

/**
 * Puts the calling thread, and all that it starts from now on, before everything else of this machine: the warden and the control thread.
 * That is a right of root, and of users with `LimitNICE=` or `CAP_SYS_NICE`; without it the order below holds all the same.
 */
export function controlFirst(): void {
  take(CONTROL);
}

/** Puts the calling thread, one that answers clients, behind the control thread that has started it. */
export function answersBehind(): void {
  take(ANSWERS);
}

/** By how much a capture has to be nicer than the calling thread. */
export function niceOfCaptures(): number {
  return CAPTURES - getPriority();
}

/** The same of an ffmpeg that reads recordings: what is being recorded comes first. */
export function niceOfExports(): number {
  return EXPORTS - getPriority();
}

/** Linux keeps a priority for each thread, and process 0 is the calling one. */
function take(niceness: number): void {
  try {
    setPriority(0, niceness);
  } catch {
    // Not permitted: the priority stays as it was.
  }
}
