/**
 * How much room a root has, although the disk shows it late: a file that a viewer still reads keeps its room, and some file systems give it
 * back some time after the removal. If retention believed only the disk, it would remove as much again in each round.
 *
 * Times are monotonic.
 */
export class RoomLedger {
  #expected: { bytes: number; readonly untilMs: number } | undefined;

  /** What is to be taken for free when the disk says `saidBytes`. */
  freeBytes(saidBytes: number, nowMs: number): number {
    if (this.#expected !== undefined && nowMs >= this.#expected.untilMs) this.#expected = undefined;
    return Math.max(saidBytes, this.#expected?.bytes ?? 0);
  }

  removed(bytes: number, saidBytes: number, nowMs: number): void {
    this.#expected = { bytes: this.freeBytes(saidBytes, nowMs) + bytes, untilMs: nowMs + SHOWN_WITHIN_MS };
  }

  /** The recorder has used some of it. */
  recorded(bytes: number): void {
    if (this.#expected !== undefined) this.#expected.bytes -= bytes;
  }
}

/** Three rounds of retention: after that the disk is right, since another program may have filled it. */
export const SHOWN_WITHIN_MS = 180_000;
