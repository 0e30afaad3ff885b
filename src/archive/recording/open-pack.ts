import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Segment } from '../../domain/segments/segment.ts';
import type { ArchiveDisk, ArchiveFile } from '../disk/archive-disk.ts';
import { readText } from '../disk/archive-disk.ts';
import { syncNames } from '../disk/synced-names.ts';
import { ColumnsWriter } from '../pack/columns-line.ts';
import type { PackFacts } from '../pack/day-summary.ts';
import { indexText } from '../pack/index-text.ts';
import { factsOf } from '../pack/pack-facts.ts';
import {
  closingLines,
  type Gap,
  type IndexEntry,
  indexHead,
  isLongerThanAnnounced,
  MAX_INDEX_BYTES,
  type PackClosing,
  type PackHeader,
  parseIndex,
  segmentLines,
} from '../pack/pack-index.ts';
import { indexPath, mediaPath, type PackPlace, readPack, segmentHash } from '../pack/pack-reading.ts';

export interface OpenPackInput {
  readonly disk: ArchiveDisk;
  readonly place: PackPlace;
  readonly header: PackHeader;
  /** Before it. */
  readonly gaps: readonly Gap[];
}

/**
 * A pack that is being written. A segment's bytes are written before its lines in the index, and nothing that was written is ever
 * written over; so whenever the process ends, the index describes what the media has.
 *
 * After any call has failed there is nothing to be done but `abandon`.
 */
export class OpenPack {
  readonly header: PackHeader;
  readonly #input: OpenPackInput;
  readonly #media: ArchiveFile;
  readonly #index: ArchiveFile;
  readonly #hash = createHash('sha256');
  readonly #columns: ColumnsWriter;
  #bytes = 0;
  #indexBytes = 0;
  #segments = 0;
  #last: IndexEntry | undefined;
  #closing: PackClosing | undefined;
  #isTooLong = false;
  #isNamed = false;
  #unsynced = 0;
  /** A call into the disk that has not come back: the files are closed behind it. */
  #underWay: Promise<unknown> = Promise.resolve();

  private constructor(input: OpenPackInput, files: { media: ArchiveFile; index: ArchiveFile }) {
    this.#input = input;
    this.header = input.header;
    this.#columns = new ColumnsWriter(input.header);
    this.#media = files.media;
    this.#index = files.index;
  }

  /**
   * Makes its files.
   *
   * @param firstBytes of its first segment
   * @throws the disk's error, `EEXIST` where there is a pack of that name.
   */
  static async begin(input: OpenPackInput, firstBytes: number): Promise<OpenPack> {
    const { disk, place, header, gaps } = input;
    const mediaFile = mediaPath(place, header);
    const indexFile = indexPath(place, header);
    await disk.makeFolder(dirname(mediaFile));
    if (await isRemainder(input, firstBytes)) await disk.remove(mediaFile);
    const opened: ArchiveFile[] = [];
    try {
      const media = await disk.create(mediaFile);
      opened.push(media);
      // An index without media is what is left of a pack that nothing was written into.
      await disk.remove(indexFile);
      const index = await disk.create(indexFile);
      opened.push(index);
      const pack = new OpenPack(input, { media, index });
      await pack.#writeIndex(indexHead(header, gaps));
      return pack;
    } catch (error) {
      for (const file of opened) void file.close().catch(() => {});
      throw error;
    }
  }

  get place(): PackPlace {
    return this.#input.place;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get lastNumber(): number {
    return this.#last?.number ?? this.header.firstNumber - 1;
  }

  has({ epoch, number }: Pick<Segment, 'epoch' | 'number'>): boolean {
    return epoch === this.header.epoch && number >= this.header.firstNumber && number <= this.lastNumber;
  }

  /** Segments that a power loss would take. */
  get unsynced(): number {
    return this.#unsynced;
  }

  get facts(): PackFacts {
    const { header, gaps } = this.#input;
    return factsOf({ header, gaps, last: this.#last, mediaBytes: this.#bytes, closing: this.#closing });
  }

  append(segment: Pick<Segment, 'number' | 'startMs' | 'durationMs'>, bytes: Uint8Array): Promise<IndexEntry> {
    return this.#do(async () => {
      const { number, startMs, durationMs } = segment;
      const sha256 = segmentHash(bytes);
      const entry = { number, startMs, durationMs, at: this.#bytes, bytes: bytes.length, sha256 };
      await this.#media.write(bytes, entry.at);
      await this.#writeIndex(segmentLines(this.header, entry));
      this.#hash.update(bytes);
      this.#columns.add(entry);
      this.#bytes += bytes.length;
      this.#segments += 1;
      this.#unsynced += 1;
      this.#last = entry;
      this.#isTooLong ||= isLongerThanAnnounced(this.header, durationMs);
      return entry;
    });
  }

  /** What was appended before survives a power loss when this resolves. */
  sync(): Promise<void> {
    return this.#do(async () => {
      await this.#media.sync();
      await this.#index.sync();
      await this.#name();
      this.#unsynced = 0;
    });
  }

  /** @returns the SHA-256 of the media. */
  close(why: string): Promise<string> {
    return this.#do(async () => {
      const { home, epoch } = this.header;
      const sha256 = this.#hash.digest('hex');
      const closing = { bytes: this.#bytes, segments: this.#segments, sha256, home, epoch, why };
      await this.#media.sync();
      await this.#writeIndex(closingLines(closing, this.#columns.line()));
      await this.#index.sync();
      await this.#name();
      await this.#media.close();
      await this.#index.close();
      if (this.#isTooLong) await this.#announceLonger();
      this.#unsynced = 0;
      this.#closing = closing;
      return sha256;
    });
  }

  /** Leaves the files as they are. Resolves when the disk has answered what it was asked, and they are closed: it may never do so. */
  async abandon(): Promise<void> {
    await this.#underWay;
    await Promise.allSettled([this.#media.close(), this.#index.close()]);
  }

  async #writeIndex(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await this.#index.write(bytes, this.#indexBytes);
    this.#indexBytes += bytes.length;
  }

  /** A file survives a power loss only if its name does, and those of the folders that it is in. */
  async #name(): Promise<void> {
    if (this.#isNamed) return;
    const { disk, place } = this.#input;
    await syncNames(disk, dirname(mediaPath(place, this.header)), dirname(place.folder));
    this.#isNamed = true;
  }

  /** Some players refuse a list with a segment that is longer than the list announces, so its head is written again. */
  async #announceLonger(): Promise<void> {
    const { disk, place, gaps } = this.#input;
    const path = indexPath(place, this.header);
    const parsed = parseIndex((await readText(disk, path, MAX_INDEX_BYTES)) ?? '');
    if (parsed.problems.length > 0) return;
    await disk.replace(path, indexText(this.header, { ...parsed, gaps }));
  }

  #do<T>(call: () => Promise<T>): Promise<T> {
    const done = call();
    this.#underWay = done.catch(() => {});
    return done;
  }
}

/** Whether what is there is a part of the same first segment: the server ended while it wrote that, and has it still. */
async function isRemainder({ disk, place, header }: OpenPackInput, firstBytes: number): Promise<boolean> {
  const found = await disk.look(mediaPath(place, header));
  if (found === undefined || found.bytes > firstBytes) return false;
  const { entries } = await readPack(disk, place, header);
  return entries.every(({ sha256 }) => sha256 === undefined);
}
