import type { ListAnchor } from '../../archive/playback/list-anchor.ts';
import { following, type NumberedList, numbered, numberedFrom } from '../../archive/playback/numbered-list.ts';
import { longestS } from '../../archive/playback/playlist-text.ts';
import {
  type Columns,
  firstOf,
  type RecordedPart,
  type SegmentKey,
  startMsOf,
} from '../../archive/playback/recorded-part.ts';

/** A list that was not polled for so long is begun again. */
const FORGOTTEN_MS = 300_000;
const MAX_LISTS = 1000;
/** Of all lists together: twelve days of one stream with segments of 2 s. Any client may ask for a list of any time, as often as it wants. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Three columns, and a text in each of three views. */
const SEGMENT_BYTES = 3 * 8 + 3 * 35;
/** An object with its fields. */
const PART_BYTES = 100;

export interface ServedList extends NumberedList {
  readonly targetDurationS: number;
}

interface Remembered {
  readonly list: ServedList;
  readonly atMs: number;
}

/**
 * The last served state of each list that grows or moves: the next state follows it. If there is none (this server has started since, the
 * player was at another server, or others needed the room), the list is counted from its anchor, or from its beginning.
 */
export class ServedLists {
  readonly #nowMs: () => number;
  readonly #maxHeldBytes: number;
  readonly #lists = new Map<string, Remembered>();
  /** How many parts have these columns, which are in memory as long as one does. */
  readonly #columns = new Map<Columns, number>();
  #heldBytes = 0;

  constructor(nowMs: () => number, maxHeldBytes = MAX_HELD_BYTES) {
    this.#nowMs = nowMs;
    this.#maxHeldBytes = maxHeldBytes;
  }

  get size(): number {
    return this.#lists.size;
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
    this.#letGo(key);
    if (bytesOf(served) <= this.#maxHeldBytes) this.#keep(key, served);
    return served;
  }

  /** Whether players may have a list of this. */
  has(key: string): boolean {
    return this.#known(key) !== undefined;
  }

  #known(key: string): ServedList | undefined {
    const known = this.#lists.get(key);
    return known === undefined || this.#isForgotten(known) ? undefined : known.list;
  }

  #isForgotten({ atMs }: Remembered): boolean {
    return this.#nowMs() - atMs > FORGOTTEN_MS;
  }

  /** The lists that were polled least lately make room. */
  #keep(key: string, list: ServedList): void {
    this.#lists.set(key, { list, atMs: this.#nowMs() });
    for (const { columns } of list.parts) {
      const count = this.#columns.get(columns) ?? 0;
      this.#columns.set(columns, count + 1);
      this.#heldBytes += PART_BYTES + (count === 0 ? columnBytes(columns) : 0);
    }
    for (const [oldest, remembered] of this.#lists) {
      const isRoom = this.#lists.size <= MAX_LISTS && this.#heldBytes <= this.#maxHeldBytes;
      if (isRoom && !this.#isForgotten(remembered)) return;
      this.#letGo(oldest);
    }
  }

  #letGo(key: string): void {
    for (const { columns } of this.#lists.get(key)?.list.parts ?? []) {
      const count = this.#columns.get(columns) ?? 0;
      if (count > 1) this.#columns.set(columns, count - 1);
      else this.#columns.delete(columns);
      this.#heldBytes -= PART_BYTES + (count > 1 ? 0 : columnBytes(columns));
    }
    this.#lists.delete(key);
  }
}

function bytesOf({ parts }: ServedList): number {
  const columns = new Set(parts.map((part) => part.columns));
  return [...columns].reduce((sum, one) => sum + columnBytes(one), parts.length * PART_BYTES);
}

function columnBytes({ startsMs }: Columns): number {
  return startsMs.length * SEGMENT_BYTES;
}

function firstKey([first]: readonly RecordedPart[]): SegmentKey | undefined {
  return first && firstOf(first);
}
