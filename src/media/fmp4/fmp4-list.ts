import type { ListedPart, ListedSegment, MediaPlaylist } from '../playlist.ts';
import { initName } from './fmp4-name.ts';

export interface Fmp4Names {
  /** Of what has to stand in front of the segment; `undefined`: it is not known yet, or the segment has no such tracks. */
  hashOf(uri: string): string | undefined;
  /** Of the same segment or part as MP4. */
  nameOf(uri: string): string;
}

interface Seen {
  readonly hash: string;
  /** A discontinuity stands before it that the list of MPEG-TS does not have. */
  readonly isAdded: boolean;
  /** How many of these there are up to here. */
  readonly added: number;
}

/**
 * The list of a capture's segments as MP4. Where what has to stand in front of them changes, there is a discontinuity; the transport stream
 * has none there, so these are counted beside its own.
 */
export class Fmp4List {
  readonly #names: Fmp4Names;
  #seen = new Map<string, Seen>();
  #last: Seen | undefined;
  #made: { readonly of: MediaPlaylist; readonly list: MediaPlaylist | undefined } | undefined;

  constructor(names: Fmp4Names) {
    this.#names = names;
  }

  /** As much of `list` as is known, without a gap and up to the newest; `undefined`: nothing. It is made once of the same object. */
  of(list: MediaPlaylist): MediaPlaylist | undefined {
    if (this.#made?.of !== list) this.#made = { of: list, list: this.#make(list) };
    return this.#made.list;
  }

  /** More is known of what is listed. */
  learned(): void {
    this.#made = undefined;
  }

  #make(list: MediaPlaylist): MediaPlaylist | undefined {
    const names = this.#names;
    const isKnown = ({ uri }: ListedSegment) => names.hashOf(uri) !== undefined;
    const end = list.segments.findLastIndex(isKnown) + 1;
    const begin = list.segments.findLastIndex((segment, index) => index < end && !isKnown(segment)) + 1;
    if (end === 0) return undefined;
    const left = list.segments.slice(0, begin);
    const segments = list.segments.slice(begin, end);
    const seen = this.#look(segments);
    const [first] = seen;
    const { partial, ...rest } = list;
    return {
      ...rest,
      firstNumber: list.firstNumber + begin,
      discontinuitySequence:
        list.discontinuitySequence +
        left.filter(({ discontinuity }) => discontinuity).length +
        (first === undefined ? 0 : first.added - (first.isAdded ? 1 : 0)),
      segments: segments.map((segment, index) => mapped(segment, seen[index], names)),
      ...(partial !== undefined && end === list.segments.length && { partial: this.#open(partial) }),
    };
  }

  #look(segments: readonly ListedSegment[]): readonly Seen[] {
    const now = new Map<string, Seen>();
    for (const { uri, discontinuity } of segments) {
      const hash = this.#names.hashOf(uri) ?? '';
      const isAdded = !discontinuity && this.#last !== undefined && this.#last.hash !== hash;
      const next = { hash, isAdded, added: (this.#last?.added ?? 0) + (isAdded ? 1 : 0) };
      const seen = this.#seen.get(uri) ?? next;
      now.set(uri, seen);
      this.#last = seen;
    }
    this.#seen = now;
    return [...now.values()];
  }

  /** Where it needs something else in front, it is listed when it is closed. */
  #open(partial: NonNullable<MediaPlaylist['partial']>): NonNullable<MediaPlaylist['partial']> {
    const names = this.#names;
    const [first] = partial.parts;
    const isSame = first === undefined || names.hashOf(first.uri) === this.#last?.hash;
    const parts = isSame ? partial.parts.map((part) => named(part, names)) : [];
    return { ...partial, parts, nextUri: names.nameOf(partial.nextUri) };
  }
}

function mapped({ parts, ...segment }: ListedSegment, seen: Seen | undefined, names: Fmp4Names): ListedSegment {
  return {
    ...segment,
    uri: names.nameOf(segment.uri),
    discontinuity: segment.discontinuity || seen?.isAdded === true,
    map: initName(seen?.hash ?? ''),
    ...(parts && { parts: parts.map((part) => named(part, names)) }),
  };
}

function named(part: ListedPart, { nameOf }: Fmp4Names): ListedPart {
  return { ...part, uri: nameOf(part.uri) };
}
