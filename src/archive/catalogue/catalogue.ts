import { formsOf, parseStreamName } from '../../domain/definition/stream-name.ts';
import { someAtOnce } from '../../domain/gate.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { diskReason } from '../disk/stall.ts';
import { completeSummary, type PackFacts, SUMMARY_FILE, summaryLine } from '../pack/day-summary.ts';
import { type PackId, packPath } from '../pack/pack-name.ts';
import type { PackPlace } from '../pack/pack-reading.ts';
import type { RecorderEvent } from '../recording/recorder-event.ts';
import { scanDay, summaryOf } from './day-scan.ts';
import type { Interval } from './intervals.ts';
import { PacksByStream } from './packs-by-stream.ts';
import { daysOfRoot, type FoundDay } from './root-days.ts';
import { type HeldPack, heldPack } from './stream-packs.ts';
import { type Timeline, timelineOf } from './timeline.ts';
import { UnreadFolders } from './unread-folders.ts';

export interface CatalogueOptions {
  readonly disk: ArchiveDisk;
  readonly server: string;
  /** Each names its file. */
  readonly onProblem: (problem: string) => void;
  /** A file of a pack that has not come home completely: see `DayScan`. */
  readonly onPart?: (path: string, stream: string) => void;
}

/** Days that are read at a time. */
const DAYS_AT_ONCE = 8;

export interface LoadedRoots {
  /** Packs that were not closed. */
  readonly open: readonly HeldPack[];
  /** No folder was passed over because it could not be read. */
  readonly isWhole: boolean;
}

/**
 * What recordings this server has, in memory: a few numbers for each pack. It is read from the summaries of the days, the newest first,
 * and corrected by what is found in the folders.
 */
export class Catalogue {
  readonly #options: CatalogueOptions;
  readonly #all = new PacksByStream();
  readonly #ofOthers = new PacksByStream();
  readonly #away = new Set<string>();
  readonly #unread = new UnreadFolders();

  constructor(options: CatalogueOptions) {
    this.#options = options;
  }

  /** Streams with recordings, also streams that are no longer defined. */
  get streams(): readonly string[] {
    return this.#all.streams;
  }

  /** Of all packs, open ones too, those whose home is another server: mostly none of a hundred thousand, and they are looked at often. */
  get ofOthers(): Pick<PacksByStream, 'streams' | 'packs'> {
    return this.#ofOthers;
  }

  /**
   * Reads what is on the roots. Packs may be asked for and put meanwhile.
   *
   * @param onRecent called when what was recorded last is known of every stream.
   */
  async load(roots: readonly string[], onRecent: () => void = () => {}): Promise<LoadedRoots> {
    const found = await Promise.all(roots.map((root) => this.#foundDays(root)));
    const days = found.flatMap((each) => each.days);
    for (const root of roots) this.#away.delete(root);
    days.sort((one, other) => (one.day < other.day ? 1 : one.day > other.day ? -1 : 0));
    let isWhole = found.every((each) => each.isWhole);
    const read = (isRecent: boolean, readOne: (day: FoundDay) => Promise<boolean>) =>
      someAtOnce(
        days.filter((day) => day.isRecent === isRecent),
        DAYS_AT_ONCE,
        async (day) => {
          isWhole = (await readOne(day)) && isWhole;
        },
      );
    await read(true, (day) => this.correct(day, { isThorough: false }));
    onRecent();
    await read(false, (day) => this.#readDay(day));
    return { open: this.#open(roots), isWhole };
  }

  /**
   * Compares a day with its folders, and writes its summary again where it was wrong. If the recorder adds a line meanwhile, the line is
   * lost, and the next correction adds it. What is known of folders that cannot be read stays known, and counts as unavailable.
   *
   * @returns whether all of it could be read
   */
  async correct(found: FoundDay, { isThorough = true } = {}): Promise<boolean> {
    const folder = `${found.place.folder}/${found.day}`;
    try {
      return await this.#correct(found, isThorough);
    } catch (error) {
      this.#unread.inside(folder, [folder]);
      this.#cannotRead(folder, diskReason(error));
      return false;
    }
  }

  async #correct(found: FoundDay, isThorough: boolean): Promise<boolean> {
    const { root, stream, place, day, isRecent } = found;
    const { disk, onProblem, onPart = () => {} } = this.#options;
    const known = this.packs(stream).filter((pack) => pack.root === root && packPath(pack).startsWith(`${day}/`));
    const { packs, unread, isWhole, isSummaryWrong, ...told } = await scanDay(disk, found, { isThorough });
    const there = new Set(packs.map(packPath));
    const failed = unread.map(({ folder }) => folder);
    this.#unread.inside(`${place.folder}/${day}`, failed);
    for (const each of unread) this.#cannotRead(each.folder, each.why);
    for (const pack of known) if (!there.has(packPath(pack)) && !this.isAway(stream, pack)) this.removed(stream, pack);
    for (const facts of packs) if (!this.#knowsMore(stream, root, facts)) this.put(stream, heldPack(facts, root));
    for (const problem of told.problems) onProblem(problem);
    for (const path of told.parts) onPart(path, stream);
    if (!isSummaryWrong) return isWhole;
    const summary = `${place.folder}/${day}/${SUMMARY_FILE}`;
    const text = isRecent ? packs.map(summaryLine).join('') : completeSummary(packs);
    await disk.replace(summary, text).catch((error: unknown) => {
      // Packs on a root that can only be read are listed all the same.
      onProblem(`${summary} cannot be written: ${diskReason(error)}`);
    });
    return isWhole;
  }

  /** Corrects everything, at the pace of the caller: one day of one stream at a time. */
  async *corrections(roots: readonly string[]): AsyncGenerator<FoundDay> {
    for (const root of roots) {
      for (const day of await this.daysOf(root)) {
        await this.correct(day);
        yield day;
      }
    }
  }

  /** What the recorder tells. */
  apply(event: RecorderEvent): void {
    if (event.type === 'pack.emptied') this.removed(event.stream, { ...event.id, root: event.root });
    if (!('facts' in event)) return;
    const { stream, root, facts } = event;
    if (facts.bytes > 0) this.put(stream, heldPack(facts, root));
  }

  put(stream: string, pack: HeldPack): void {
    this.#all.put(stream, pack);
    if (pack.home === this.#options.server) this.#ofOthers.remove(stream, pack);
    else this.#ofOthers.put(stream, pack);
  }

  removed(stream: string, pack: PackId & Pick<HeldPack, 'root'>): void {
    this.#all.remove(stream, pack);
    this.#ofOthers.remove(stream, pack);
  }

  /** The root cannot be read: its packs stay known, and count as unavailable. */
  wentAway(root: string): void {
    this.#away.add(root);
  }

  isRootAway(root: string): boolean {
    return this.#away.has(root);
  }

  /** The pack is known, and cannot be read: its root is away, or a folder that it is in could not be read. */
  isAway(stream: string, pack: Pick<HeldPack, 'root' | 'startMs'>): boolean {
    if (this.#away.has(pack.root)) return true;
    // Mostly there is none, and a hundred thousand packs are asked for.
    return !this.#unread.isEmpty && this.#unread.has(this.placeOf(stream, pack.root)?.folder ?? '', pack);
  }

  /** All of a stream, the oldest first. */
  packs(stream: string): readonly HeldPack[] {
    return this.#all.packs(stream);
  }

  between(stream: string, bounds: Interval): readonly HeldPack[] {
    return this.#all.between(stream, bounds);
  }

  /** Where the segment may be, those that can be read. */
  find(stream: string, epoch: number, number: number): readonly HeldPack[] {
    return this.#all.with(stream, epoch, number).filter((pack) => !this.isAway(stream, pack));
  }

  timeline(stream: string, bounds: Interval): Timeline {
    const packs = this.packs(stream);
    // A gap is between two recordings, so the nearest on each side count.
    const wide = { fromMs: bounds.fromMs - AROUND_MS, untilMs: bounds.untilMs + AROUND_MS };
    const near = new Set(this.between(stream, wide));
    for (const pack of [
      packs.findLast(({ endMs }) => endMs <= bounds.fromMs),
      packs.find((pack) => pack.startMs >= bounds.untilMs),
    ]) {
      if (pack !== undefined) near.add(pack);
    }
    return timelineOf(
      [...near].map((pack) => ({ ...pack, isAway: this.isAway(stream, pack) })),
      bounds,
    );
  }

  placeOf(stream: string, root: string): PackPlace | undefined {
    const name = parseStreamName(stream);
    if (name === undefined) return undefined;
    return { stream, server: this.#options.server, folder: `${root}/${formsOf(name).folder}` };
  }

  /** The recorder has added to it, or closed it, since the disk was asked. */
  #knowsMore(stream: string, root: string, facts: PackFacts): boolean {
    const known = this.#all.with(stream, facts.epoch, facts.firstNumber);
    return known.some(
      (pack) =>
        pack.root === root &&
        packPath(pack) === packPath(facts) &&
        (pack.bytes > facts.bytes || (pack.why !== undefined && facts.why === undefined)),
    );
  }

  #open(roots: readonly string[]): readonly HeldPack[] {
    const all = this.streams.flatMap((stream) => this.packs(stream));
    return all.filter(({ root, why }) => why === undefined && roots.includes(root));
  }

  #cannotRead(folder: string, why: string): void {
    this.#options.onProblem(`${folder} cannot be read: ${why}`);
  }

  async #readDay(day: FoundDay): Promise<boolean> {
    const isDoubted = this.#unread.isIn(`${day.place.folder}/${day.day}`);
    const packs = isDoubted ? undefined : await summaryOf(this.#options.disk, day).catch(() => undefined);
    if (packs === undefined) return this.correct(day);
    for (const facts of packs) this.put(day.stream, heldPack(facts, day.root));
    return true;
  }

  /** The days of which a root has something, those of each stream with the newest first. */
  async daysOf(root: string): Promise<readonly FoundDay[]> {
    return (await this.#foundDays(root)).days;
  }

  #foundDays(root: string) {
    const { disk, onProblem } = this.#options;
    const isKnown = (stream: string) => this.packs(stream).some((pack) => pack.root === root);
    const placeOf = this.placeOf.bind(this);
    return daysOfRoot({ disk, onProblem, placeOf, isKnown, unread: this.#unread }, root);
  }
}

/** A pack is no longer. */
const AROUND_MS = 3_600_000;
