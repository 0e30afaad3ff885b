import type { ArchiveDisk } from '../disk/archive-disk.ts';
import type { IndexEntry } from '../pack/pack-index.ts';
import { packPath } from '../pack/pack-name.ts';
import { mediaPath, readPack } from '../pack/pack-reading.ts';
import type { Catalogue } from './catalogue.ts';
import type { Interval } from './intervals.ts';
import type { HeldPack } from './stream-packs.ts';

/** A segment and where its bytes are. */
export interface ListedSegment extends IndexEntry {
  readonly epoch: number;
  /** The file of its pack. */
  readonly media: string;
}

/** A day of one stream, or an hour of each of some streams that are looked at. */
const MAX_CACHED = 48;

/** The segments of packs, from their indexes: an index is read when it is wanted, and kept for a while. */
export class ListedSegments {
  readonly #disk: ArchiveDisk;
  readonly #catalogue: Catalogue;
  readonly #cache = new Map<string, Promise<readonly ListedSegment[]>>();

  constructor(disk: ArchiveDisk, catalogue: Catalogue) {
    this.#disk = disk;
    this.#catalogue = catalogue;
  }

  /**
   * Each segment once, in the order of epochs and numbers: an epoch has one owner, and no clock decides. A segment belongs to `bounds` if
   * a part of it does.
   */
  async between(stream: string, bounds: Interval): Promise<readonly ListedSegment[]> {
    const packs = this.#catalogue.between(stream, bounds);
    const all = (await Promise.all(packs.map((pack) => this.#of(stream, pack)))).flat();
    const within = all.filter(
      ({ startMs, durationMs }) => startMs < bounds.untilMs && startMs + durationMs > bounds.fromMs,
    );
    return eachOnce(within);
  }

  async find(stream: string, epoch: number, number: number): Promise<ListedSegment | undefined> {
    const packs = this.#catalogue.find(stream, epoch, number);
    const all = (await Promise.all(packs.map((pack) => this.#of(stream, pack)))).flat();
    return eachOnce(all.filter((segment) => segment.number === number))[0];
  }

  #of(stream: string, pack: HeldPack): Promise<readonly ListedSegment[]> {
    // A pack that grows is another one.
    const key = `${pack.root}/${stream}/${packPath(pack)}/${pack.bytes}`;
    const cached = this.#cache.get(key);
    this.#cache.delete(key);
    const read = cached ?? this.#read(stream, pack);
    this.#cache.set(key, read);
    read.catch(() => this.#cache.delete(key));
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > MAX_CACHED && oldest !== undefined) this.#cache.delete(oldest);
    return read;
  }

  async #read(stream: string, pack: HeldPack): Promise<readonly ListedSegment[]> {
    const place = this.#catalogue.placeOf(stream, pack.root);
    if (place === undefined) return [];
    const { entries } = await readPack(this.#disk, place, pack);
    const media = mediaPath(place, pack);
    return entries.map((entry) => ({ ...entry, epoch: pack.epoch, media }));
  }
}

/** Of a segment that two packs have, the one that an index describes, and then the longer one: the other was cut off. */
function eachOnce(segments: readonly ListedSegment[]): readonly ListedSegment[] {
  if (isInOrder(segments)) return segments;
  const best = new Map<string, ListedSegment>();
  for (const segment of segments) {
    const key = `${segment.epoch}-${segment.number}`;
    const other = best.get(key);
    if (other === undefined || isBetter(segment, other)) best.set(key, segment);
  }
  return [...best.values()].sort(compare);
}

/** As nearly all are: then nothing is in two packs. */
function isInOrder(segments: readonly ListedSegment[]): boolean {
  return segments.every((segment, index) => {
    const before = segments[index - 1];
    return before === undefined || compare(before, segment) < 0;
  });
}

function compare(one: ListedSegment, other: ListedSegment): number {
  return one.epoch - other.epoch || one.number - other.number;
}

function isBetter(one: ListedSegment, other: ListedSegment): boolean {
  if ((one.sha256 === undefined) !== (other.sha256 === undefined)) return one.sha256 !== undefined;
  return one.bytes > other.bytes;
}
