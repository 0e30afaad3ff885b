import type { SegmentBlock, SegmentPlace } from '../archive-calls.ts';
import type { DiskReads } from '../disk/archive-disk.ts';
import { readingAround } from '../disk/bad-sectors.ts';
import { diskReason, StallError } from '../disk/stall.ts';
import { columnsAtEnd } from '../pack/columns-line.ts';
import { columnsOf, type IndexColumns } from '../pack/index-columns.ts';
import { columnsOfEntries, emptyColumns, type PackColumns, sliceOf } from '../pack/pack-columns.ts';
import { MAX_INDEX_BYTES } from '../pack/pack-index.ts';
import { isSamePack, packPath } from '../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace, readPack } from '../pack/pack-reading.ts';
import type { Catalogue } from './catalogue.ts';
import type { Interval } from './intervals.ts';
import { blocksOf, type PackSegments, placeIn } from './segment-blocks.ts';
import type { HeldPack } from './stream-packs.ts';

/** A day of one stream, or an hour of each of some streams that are looked at. */
const MAX_CACHED = 48;

export interface ListedSegmentsOptions {
  /** See `PromptDisk`. */
  readonly disk: DiskReads;
  readonly catalogue: Catalogue;
  readonly onProblem: (problem: string) => void;
}

/** The segments of packs, from their indexes: an index is read when it is wanted, and kept for a while. */
export class ListedSegments {
  readonly #options: ListedSegmentsOptions;
  readonly #cache = new Map<string, Promise<PackSegments>>();

  constructor(options: ListedSegmentsOptions) {
    this.#options = options;
  }

  /**
   * Each segment once, in the order of epochs and numbers: an epoch has one owner, and no clock decides. A segment belongs to `bounds` if
   * a part of it does. What cannot be read now is left out: of roots that are away, and of those that do not answer.
   */
  async blocks(stream: string, bounds: Interval): Promise<readonly SegmentBlock[]> {
    return blocksOf(await this.#all(stream, this.#options.catalogue.between(stream, bounds)), bounds);
  }

  async locate(stream: string, epoch: number, number: number): Promise<SegmentPlace | undefined> {
    return placeIn(await this.#all(stream, this.#options.catalogue.find(stream, epoch, number)), number);
  }

  async #all(stream: string, packs: readonly HeldPack[]): Promise<readonly PackSegments[]> {
    const readable = packs.filter((pack) => !this.#options.catalogue.isAway(stream, pack));
    const read = await Promise.all(
      readable.map((pack) =>
        this.#of(stream, pack).catch((error: unknown) => {
          if (error instanceof StallError) return undefined;
          throw error;
        }),
      ),
    );
    return read.filter((pack) => pack !== undefined);
  }

  #of(stream: string, pack: HeldPack): Promise<PackSegments> {
    // A pack that has grown needs a new look.
    const key = `${pack.root}/${stream}/${packPath(pack)}/${pack.bytes}/${pack.why}`;
    const cached = this.#cache.get(key);
    this.#cache.delete(key);
    const read = cached ?? this.#read(stream, pack);
    this.#cache.set(key, read);
    read.catch(() => this.#cache.delete(key));
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > MAX_CACHED && oldest !== undefined) this.#cache.delete(oldest);
    return read;
  }

  async #read(stream: string, pack: HeldPack): Promise<PackSegments> {
    const { catalogue, onProblem } = this.#options;
    const { root, epoch, firstNumber } = pack;
    const common = { root, epoch, firstNumber, isOpen: pack.why === undefined };
    const place = catalogue.placeOf(stream, pack.root);
    if (place === undefined) return { ...emptyColumns(), ...common, isContinued: false, media: '' };
    const { columns, isContinued } = await this.#columns(place, pack).catch((error: unknown) => {
      if (error instanceof StallError) throw error;
      // A folder that cannot be read does not hide the others.
      onProblem(`${indexPath(place, pack)} cannot be read: ${diskReason(error)}`);
      return { columns: emptyColumns(), isContinued: false };
    });
    return { ...columns, ...common, isContinued, media: mediaPath(place, pack) };
  }

  async #columns(place: PackPlace, pack: HeldPack) {
    // What lies in a bad sector hides nothing else.
    const disk = readingAround(this.#options.disk);
    const path = indexPath(place, pack);
    const [index, media] = await Promise.all([disk.look(path), disk.look(mediaPath(place, pack))]);
    if (index !== undefined && index.bytes <= MAX_INDEX_BYTES && (media?.bytes ?? 0) >= pack.bytes) {
      const told = pack.why === undefined ? undefined : await columnsAtEnd(disk, path, index.bytes);
      if (told?.bytes === pack.bytes && isSamePack(told, pack)) return told;
      const read = columnsOf(await disk.read(path, 0, index.bytes));
      const isAll = read?.closing === undefined || read.closing.segments === read.columns.numbers.length;
      const isHis = read !== undefined && isSamePack(read.header, pack);
      // Where the media has more than its index, segments have to be looked for in it.
      const columns = read && isAll && isHis ? cut(read, pack.bytes) : undefined;
      if (columns !== undefined) return { columns, isContinued: read?.header.isContinued === true };
    }
    const { entries, header } = await readPack(disk, place, pack);
    // The segment that is being written now is not complete yet.
    const whole = entries.filter(({ at, bytes }) => at + bytes <= pack.bytes);
    return { columns: columnsOfEntries(whole), isContinued: header.isContinued === true };
  }
}

/** Without what the recorder has written since the pack was looked up; `undefined`: the rest is not all of the pack. */
function cut({ columns, bytes }: IndexColumns, packBytes: number): PackColumns | undefined {
  let endAt = bytes;
  let count = columns.numbers.length;
  while (endAt > packBytes && count > 0) {
    count -= 1;
    endAt = columns.ats[count] ?? 0;
  }
  if (endAt !== packBytes) return undefined;
  return count === columns.numbers.length ? columns : sliceOf(columns, 0, count);
}
