import { MAX_DISCONTINUITIES } from '../domain/segments/discontinuity-count.ts';
import { highestNumber, type ListedSegment, type MediaPlaylist, mediaPlaylistText, newestNumber } from './playlist.ts';

/** How long a new owner may lag behind what was served before its numbers are shifted up. */
export const CATCH_UP_MS = 10_000;

export type Offer =
  | { readonly verdict: 'served'; readonly list: MediaPlaylist; readonly text: string; readonly remark?: string }
  /** Serving it would take players back. */
  | { readonly verdict: 'behind'; readonly why: string };

interface Served {
  readonly epoch: number;
  readonly list: MediaPlaylist;
  /** Of `list`, made once for all players. */
  readonly text: string;
  /** What was offered as this list. */
  readonly offered: MediaPlaylist;
}

/**
 * What one server has served as the media playlist of one stream, its own or another owner's, and the promise that comes
 * with it (SPEC: the same player goes on through a failover):
 *
 * 1. EXT-X-MEDIA-SEQUENCE, EXT-X-DISCONTINUITY-SEQUENCE and the newest number never go back;
 * 2. a number that was listed never stands for another URL;
 * 3. what another owner captured is another timeline: EXT-X-DISCONTINUITY, or a larger EXT-X-DISCONTINUITY-SEQUENCE.
 *
 * A new owner's numbers are larger than the old one's as far as clocks agree. Where they do not, what overlaps is left out
 * and the last list is served until the new one has come past it. After `CATCH_UP_MS` of that the new owner's numbers are shifted
 * up for the rest of its epoch: this server then numbers differently from others, which is harmful only to a player that
 * changes servers just then; a player that waits for ever is worse. Where numbers overlap, the counts of discontinuities may too: those
 * are shifted at once, since nothing is lost by it. What an earlier version counted (see `MAX_DISCONTINUITIES`) is not carried on: players freeze at it.
 */
export class ServedPlaylist {
  #last: Served | undefined;
  /** The first number served in this epoch. */
  #epochFloor = 0;
  #shift = { numbers: 0, discontinuities: 0 };
  #behindSinceMs: number | undefined;

  /** The last list served, as text. */
  get last(): string | undefined {
    return this.#last?.text;
  }

  offer(epoch: number, list: MediaPlaylist, nowMs: number): Offer {
    const last = this.#last;
    if (last?.offered === list && last.epoch === epoch) {
      this.#behindSinceMs = undefined;
      return { verdict: 'served', list: last.list, text: last.text };
    }
    if (list.segments.length === 0) return { verdict: 'behind', why: 'the list is empty' };
    if (!last) {
      this.#epochFloor = list.firstNumber;
      return this.#serve(epoch, list, list);
    }
    if (epoch < last.epoch) return { verdict: 'behind', why: `the list is of epoch ${epoch}, before ${last.epoch}` };
    if (epoch === last.epoch) return this.#offerNext(last, list);
    return this.#offerFirst(epoch, last, list, nowMs);
  }

  #offerNext(last: Served, list: MediaPlaylist): Offer {
    const next = startAt(shifted(list, this.#shift), last.list.firstNumber, this.#epochFloor);
    const why = goesBack(last.list, next);
    return why === undefined ? this.#serve(last.epoch, next, list) : { verdict: 'behind', why };
  }

  #offerFirst(epoch: number, last: Served, list: MediaPlaylist, nowMs: number): Offer {
    const floor = highestNumber(last.list) + 1;
    const first = startAt(list, floor, floor);
    const why = goesBack(last.list, first);
    if (why === undefined) return this.#serveFirst(epoch, last, first, list, 0);
    this.#behindSinceMs ??= nowMs;
    if (nowMs - this.#behindSinceMs < CATCH_UP_MS) return { verdict: 'behind', why };
    const numbers = floor - list.firstNumber;
    const remark = `${why} for ${CATCH_UP_MS / 1000} s: its numbers are served ${numbers} higher`;
    return { ...this.#serveFirst(epoch, last, list, list, numbers), remark };
  }

  #serveFirst(
    epoch: number,
    last: Served,
    first: MediaPlaylist,
    offered: MediaPlaylist,
    numbers: number,
  ): Extract<Offer, { verdict: 'served' }> {
    const counted = last.list.discontinuitySequence + count(last.list.segments);
    const passed = counted > MAX_DISCONTINUITIES ? 0 : counted;
    const own = first.discontinuitySequence + count(first.segments.slice(0, 1));
    this.#shift = { numbers, discontinuities: Math.max(0, passed + 1 - own) };
    this.#epochFloor = first.firstNumber + numbers;
    return this.#serve(epoch, shifted(first, this.#shift), offered);
  }

  #serve(epoch: number, served: MediaPlaylist, offered: MediaPlaylist): Extract<Offer, { verdict: 'served' }> {
    const targetDurationS = Math.max(served.targetDurationS, this.#last?.list.targetDurationS ?? 0);
    const list = { ...served, targetDurationS };
    const text = mediaPlaylistText(list);
    this.#last = { epoch, list, text, offered };
    this.#behindSinceMs = undefined;
    return { verdict: 'served', list, text };
  }
}

function count(segments: readonly ListedSegment[]): number {
  return segments.filter((segment) => segment.discontinuity).length;
}

function goesBack(last: MediaPlaylist, next: MediaPlaylist): string | undefined {
  if (next.segments.length === 0 || newestNumber(next) < newestNumber(last)) {
    return `its newest number ${newestNumber(next)} is behind ${newestNumber(last)}`;
  }
  return undefined;
}

function shifted(
  list: MediaPlaylist,
  by: { readonly numbers: number; readonly discontinuities: number },
): MediaPlaylist {
  return {
    ...list,
    firstNumber: list.firstNumber + by.numbers,
    discontinuitySequence: list.discontinuitySequence + by.discontinuities,
  };
}

/** `list` without the numbers below `floor`. What is left out takes its discontinuities with it, except at `epochFloor`. */
function startAt(list: MediaPlaylist, floor: number, epochFloor: number): MediaPlaylist {
  const cut = Math.min(Math.max(0, floor - list.firstNumber), list.segments.length);
  if (cut === 0) return list;
  const left = count(list.segments.slice(0, cut));
  const [first, ...rest] = list.segments.slice(cut);
  const moved = first !== undefined && floor === epochFloor && left > 0 && !first.discontinuity;
  return {
    ...list,
    firstNumber: list.firstNumber + cut,
    discontinuitySequence: list.discontinuitySequence + left - (moved ? 1 : 0),
    segments: first === undefined ? [] : [moved ? { ...first, discontinuity: true } : first, ...rest],
  };
}
