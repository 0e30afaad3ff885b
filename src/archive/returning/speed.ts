const WINDOW_MS = 60_000;
const SLOT_MS = 1000;

/** How many bytes a second have come in the last minute. Times are monotonic. */
export class Speed {
  /** By the second in which they came. */
  readonly #slots = new Map<number, number>();
  #sinceMs: number | undefined;

  add(bytes: number, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    const slot = Math.floor(nowMs / SLOT_MS);
    this.#slots.set(slot, (this.#slots.get(slot) ?? 0) + bytes);
    this.#forget(nowMs);
  }

  bytesASecond(nowMs: number): number {
    this.#forget(nowMs);
    if (this.#sinceMs === undefined || this.#slots.size === 0) return 0;
    const passedMs = Math.min(WINDOW_MS, Math.max(SLOT_MS, nowMs - this.#sinceMs));
    const bytes = [...this.#slots.values()].reduce((sum, each) => sum + each, 0);
    return Math.round((bytes / passedMs) * 1000);
  }

  #forget(nowMs: number): void {
    const oldest = Math.floor((nowMs - WINDOW_MS) / SLOT_MS);
    for (const slot of this.#slots.keys()) {
      if (slot > oldest) break;
      this.#slots.delete(slot);
    }
    // After a rest it begins anew: an hour without returns says nothing of how fast they are.
    if (this.#slots.size === 0) this.#sinceMs = undefined;
  }
}
