import type { ListAnchor } from '../../archive/playback/list-anchor.ts';
import { following, type NumberedList, numbered, numberedFrom } from '../../archive/playback/numbered-list.ts';
import { longestS } from '../../archive/playback/playlist-text.ts';
import { firstOf, type RecordedPart, type SegmentKey, startMsOf } from '../../archive/playback/recorded-part.ts';

/** A list that was not polled for so long is begun again. */
const FORGOTTEN_MS = 300_000;
const MAX_LISTS = 1000;

export interface ServedList extends NumberedList {
  readonly targetDurationS: number;
}

interface Remembered {
  readonly list: ServedList;
  readonly atMs: number;
}

/**
 * The last served state of each list that grows or moves: the next state follows it. If there is none (this server has started since, or
 * the player was at another server), the list is counted from its anchor, or from its beginning.
 */
export class ServedLists {
  readonly #nowMs: () => number;
  readonly #lists = new Map<string, Remembered>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The time from which `follow` needs all parts. */
  sinceMs(key: string, anchor: ListAnchor | undefined): number | undefined {
    const first = this.#known(key)?.parts[0];
    return first === undefined ? anchor?.startMs : startMsOf(first);
  }

  /**
   * @param parts all since `sinceMs`
   * @param front the first that is listed
   * @param leastS below the target duration nothing is announced, so that it need not rise
   */
  follow(
    key: string,
    parts: readonly RecordedPart[],
    { front, anchor, leastS }: { front?: SegmentKey | undefined; anchor?: ListAnchor | undefined; leastS: number },
  ): ServedList {
    const known = this.#known(key);
    const before = known ?? (anchor === undefined ? numbered(parts) : numberedFrom(anchor, parts));
    const list = following(before, parts, front ?? firstKey(parts));
    const targetDurationS = Math.max(known?.targetDurationS ?? leastS, longestS(list.parts));
    const served = { ...list, targetDurationS };
    this.#lists.delete(key);
    this.#lists.set(key, { list: served, atMs: this.#nowMs() });
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > MAX_LISTS && oldest !== undefined) this.#lists.delete(oldest);
    return served;
  }

  /** Whether players may have a list of this. */
  has(key: string): boolean {
    return this.#known(key) !== undefined;
  }

  #known(key: string): ServedList | undefined {
    const known = this.#lists.get(key);
    return known === undefined || this.#nowMs() - known.atMs > FORGOTTEN_MS ? undefined : known.list;
  }
}

function firstKey([first]: readonly RecordedPart[]): SegmentKey | undefined {
  return first && firstOf(first);
}
