export interface PictureTimes {
  /** Pictures that are asked for at once: a server makes two at a time. */
  readonly atOnce: number;
  /** A tile that only passes by while the wall is scrolled asks for nothing. */
  readonly restMs: number;
  readonly everyMs: number;
  /** After a failure. */
  readonly againMs: number;
}

export const PICTURE_TIMES: PictureTimes = { atOnce: 4, restMs: 200, everyMs: 10_000, againMs: 15_000 };

interface Wanted {
  dueMs: number;
  isLoading: boolean;
  readonly load: () => void;
}

/**
 * Which tile asks for its picture next: only tiles that are seen, few at once, and first the one that has waited longest. Time is an
 * argument.
 */
export class PictureQueue {
  readonly #times: PictureTimes;
  readonly #wanted = new Map<object, Wanted>();
  #loading = 0;

  constructor(times: PictureTimes = PICTURE_TIMES) {
    this.#times = times;
  }

  /** A tile is seen. `load` is called when it may ask; `loaded` has to follow. */
  seen(tile: object, load: () => void, nowMs: number): void {
    this.#wanted.set(tile, { dueMs: nowMs + this.#times.restMs, isLoading: false, load });
  }

  /** A tile is not seen any more. */
  gone(tile: object): void {
    if (this.#wanted.get(tile)?.isLoading) this.#loading -= 1;
    this.#wanted.delete(tile);
  }

  loaded(tile: object, isShown: boolean, nowMs: number): void {
    const wanted = this.#wanted.get(tile);
    if (!wanted?.isLoading) return;
    wanted.isLoading = false;
    wanted.dueMs = nowMs + (isShown ? this.#times.everyMs : this.#times.againMs);
    this.#loading -= 1;
  }

  /** Lets as many tiles ask as may. */
  turn(nowMs: number): void {
    while (this.#loading < this.#times.atOnce) {
      let next: Wanted | undefined;
      for (const wanted of this.#wanted.values()) {
        if (wanted.isLoading || wanted.dueMs > nowMs) continue;
        if (next === undefined || wanted.dueMs < next.dueMs) next = wanted;
      }
      if (next === undefined) return;
      next.isLoading = true;
      this.#loading += 1;
      next.load();
    }
  }

  get loading(): number {
    return this.#loading;
  }
}
