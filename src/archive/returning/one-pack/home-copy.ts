import { dirname } from 'node:path';
import { codeOf } from '../../../domain/system-error.ts';
import type { Clock } from '../../../host/clock.ts';
import type { Debt } from '../../debts/debt.ts';
import { type ArchiveDisk, type ArchiveFile, readText } from '../../disk/archive-disk.ts';
import { mustBeMounted } from '../../disk/root-identity.ts';
import { within } from '../../disk/stall.ts';
import { syncNames } from '../../disk/synced-names.ts';
import { type PackFacts, SUMMARY_FILE, summaryLine } from '../../pack/day-summary.ts';
import { MediaReader, type ReadPace } from '../../pack/media-reader.ts';
import { MAX_INDEX_BYTES, parseIndex } from '../../pack/pack-index.ts';
import { dayFolder, PART_ENDING } from '../../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace } from '../../pack/pack-reading.ts';
import { homeIndex, isBeginning } from './home-index.ts';

/** A disk that has not answered by then is left for later. */
const ANSWER_WITHIN_MS = 10_000;
/** A sync of half a gigabyte on a disk that turns, beside recordings. */
const SYNCED_WITHIN_MS = 120_000;
const READ_BYTES = 1024 * 1024;
/** The wait for the pace is not one for the disk. */
const NO_PACE: ReadPace = async () => {};

export interface HomeCopyInput {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly root: string;
  readonly place: PackPlace;
  readonly debt: Debt;
}

type WholeMedia = Pick<Debt, 'bytes' | 'sha256'>;

export type Comparison = 'same' | 'differs' | 'missing';

/**
 * The files of one pack that returns, on one root: a part that grows beside its place, then the pack in its place. Each call leaves the files
 * so that an end of the process, or of the power, at any moment costs time only: `finds` tells what is there.
 *
 * @throws the disk's error, StallError or NotMountedError, from every call
 */
export class HomeCopy {
  readonly root: string;
  readonly #input: HomeCopyInput;
  readonly #media: string;
  readonly #index: string;

  constructor(input: HomeCopyInput) {
    this.#input = input;
    this.root = input.root;
    this.#media = mediaPath(input.place, input.debt);
    this.#index = indexPath(input.place, input.debt);
  }

  get media(): string {
    return this.#media;
  }

  /** What is there until it is whole. */
  get parts(): readonly string[] {
    return [this.#part, this.#indexPart];
  }

  /** A media without index is a pack too: see `readPack`. */
  async finds(): Promise<'none' | 'part' | 'placed'> {
    const { disk } = this.#input;
    if ((await this.#asked(disk.look(this.#media))) !== undefined) return 'placed';
    return (await this.#asked(disk.look(this.#part))) === undefined ? 'none' : 'part';
  }

  async partBytes(): Promise<number> {
    return (await this.#asked(this.#input.disk.look(this.#part)))?.bytes ?? 0;
  }

  /** Makes the folders and the index beside the place, and opens the part to be written from the end of what it has. */
  async openPart(index: string): Promise<{ readonly part: OpenPart; readonly bytes: number }> {
    const { disk, root, place, debt } = this.#input;
    await this.#asked(mustBeMounted(disk, root, place.server));
    await this.#asked(disk.makeFolder(dirname(this.#media)));
    await this.#asked(disk.replace(this.#indexPart, index));
    let bytes = await this.partBytes();
    if (bytes > debt.bytes) {
      await this.#asked(disk.remove(this.#part));
      bytes = 0;
    }
    const exists = (await this.#asked(disk.look(this.#part))) !== undefined;
    const file = await this.#asked(exists ? disk.open(this.#part) : disk.create(this.#part));
    return { part: new OpenPart(file, this.#input.clock), bytes };
  }

  /** What was written into the part survives a power loss, also what an earlier process has written. */
  async syncPart(): Promise<void> {
    await this.#sync(this.#part);
  }

  async comparePart(pace: ReadPace): Promise<Comparison> {
    return this.#compare(this.#part, pace);
  }

  async discard(): Promise<void> {
    const { disk } = this.#input;
    await this.#asked(disk.remove(this.#part));
    await this.#asked(disk.remove(this.#indexPart));
  }

  /**
   * Index first: an index without media is nothing, so the pack appears as a whole, or replaces one that differs, by one call.
   *
   * @returns what is known of it from now on
   */
  async place(): Promise<PackFacts> {
    const { disk } = this.#input;
    const facts = await this.#factsIn(this.#indexPart);
    if (facts === undefined) throw new Error(`${this.#indexPart} is not what was written`);
    await this.#asked(disk.rename(this.#indexPart, this.#index));
    await this.#asked(disk.rename(this.#part, this.#media));
    await this.#syncNames();
    await this.list(facts);
    return facts;
  }

  /**
   * Reads the whole pack from its place. One that is the same is synced, with its name: the process may have ended before that was done. A
   * longer recording that is whole, and begins with all bytes of the debt, is the same too: see `isBeginning`.
   *
   * @returns with what is known of it, where it is the same
   */
  async verify(pace: ReadPace): Promise<{ readonly is: Comparison | 'other'; readonly facts?: PackFacts }> {
    const { disk, root, place } = this.#input;
    await this.#asked(mustBeMounted(disk, root, place.server));
    const asOwed = await this.#compare(this.#media, pace);
    const other = asOwed === 'differs' ? await this.#other() : undefined;
    const is = other === undefined ? asOwed : await this.#compare(this.#media, pace, other);
    // Without its index the media would be searched for segments, and what the index said of gaps would be lost.
    const facts = is === 'same' ? await this.#factsIn(this.#index, other) : undefined;
    if (facts === undefined && other !== undefined) return { is: 'other' };
    if (facts === undefined) return { is: is === 'same' ? 'differs' : is };
    await this.#sync(this.#media);
    await this.#sync(this.#index);
    await this.#syncNames();
    return { is: 'same', facts };
  }

  /**
   * Adds it to the summary of its day. Where that fails, a start lists the pack only if it reads the folders, and the daily correction in any
   * case.
   */
  async list(facts: PackFacts): Promise<void> {
    const { disk, place } = this.#input;
    const summary = `${place.folder}/${dayFolder(facts.startMs)}/${SUMMARY_FILE}`;
    await this.#asked(disk.append(summary, summaryLine(facts))).catch(() => {});
  }

  /** Whether what lies in its place is the beginning of the debt: see `isBeginning`. */
  async beginsDebt(holderIndex: string): Promise<boolean> {
    return isBeginning(await this.#textOf(this.#index), holderIndex, this.#input.debt);
  }

  /** What it is by its own index, if that is not a damaged copy of what the holder has. */
  async #other(): Promise<WholeMedia | undefined> {
    const { closing } = parseIndex(await this.#textOf(this.#index));
    if (closing === undefined || closing.sha256 === this.#input.debt.sha256) return undefined;
    return { bytes: closing.bytes, sha256: closing.sha256 };
  }

  async #factsIn(path: string, whole: WholeMedia = this.#input.debt): Promise<PackFacts | undefined> {
    const { debt, place } = this.#input;
    const read = homeIndex(await this.#textOf(path), { ...debt, ...whole }, place.server);
    return read.ok && read.isAsWritten ? read.facts : undefined;
  }

  /** Empty where there is none. */
  async #textOf(path: string): Promise<string> {
    return (await this.#asked(readText(this.#input.disk, path, MAX_INDEX_BYTES))) ?? '';
  }

  /** @param whole what is to be there, beginning with the debt. */
  async #compare(path: string, pace: ReadPace, whole: WholeMedia = this.#input.debt): Promise<Comparison> {
    const { disk, debt } = this.#input;
    const found = await this.#asked(disk.look(path));
    if (found === undefined) return 'missing';
    if (found.bytes !== whole.bytes || whole.bytes < debt.bytes) return 'differs';
    const fromDisk = { read: disk.readFromDisk.bind(disk) };
    const reader = new MediaReader(fromDisk, path, NO_PACE);
    let at = 0;
    try {
      for (const { bytes, sha256 } of whole === debt ? [debt] : [debt, whole]) {
        for (; at < bytes; at = Math.min(bytes, at + READ_BYTES)) {
          const next = Math.min(READ_BYTES, bytes - at);
          await pace(next);
          await this.#asked(reader.take(next));
        }
        if (reader.hash() !== sha256) return 'differs';
      }
      return 'same';
    } catch (error) {
      // A sector that cannot be read any more: what was there is lost, and comes again.
      if (codeOf(error) === 'EIO') return 'differs';
      throw error;
    }
  }

  async #sync(path: string): Promise<void> {
    const file = await this.#asked(this.#input.disk.open(path));
    try {
      await within(this.#input.clock, SYNCED_WITHIN_MS, file.sync());
    } finally {
      void file.close().catch(() => {});
    }
  }

  async #syncNames(): Promise<void> {
    const { disk, clock, root } = this.#input;
    await within(clock, SYNCED_WITHIN_MS, syncNames(disk, dirname(this.#media), root));
  }

  get #part(): string {
    return this.#media + PART_ENDING;
  }

  get #indexPart(): string {
    return this.#index + PART_ENDING;
  }

  #asked<T>(answer: Promise<T>): Promise<T> {
    return within(this.#input.clock, ANSWER_WITHIN_MS, answer);
  }
}

/** A part that is being written. */
export class OpenPart {
  readonly #file: ArchiveFile;
  readonly #clock: Clock;

  constructor(file: ArchiveFile, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** @throws the disk's error, StallError */
  write(bytes: Uint8Array, at: number): Promise<void> {
    return within(this.#clock, ANSWER_WITHIN_MS, this.#file.write(bytes, at));
  }

  close(): void {
    void this.#file.close().catch(() => {});
  }
}
