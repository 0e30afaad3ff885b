import { someAtOnce } from '../../domain/gate.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Interval } from '../catalogue/intervals.ts';
import type { FoundDay } from '../catalogue/root-days.ts';
import { type ArchiveDisk, readText } from '../disk/archive-disk.ts';
import { mustBeMounted } from '../disk/root-identity.ts';
import { diskReason } from '../disk/stall.ts';
import { RETURNED_FILE } from '../pack/day-summary.ts';
import { dayFolder, packPath } from '../pack/pack-name.ts';
import { addSyncedLines } from '../pack/synced-lines.ts';
import type { KeepRule } from '../retention/held-recording.ts';
import { removeEmptyDay } from '../retention/pack-removal.ts';
import { MAX_RETURNED_BYTES, parseTombstones, type Tombstone, toldOfTombstone } from './tombstone-line.ts';

/** A pack of a stream that was erased from a root. */
export interface BuriedPack extends Tombstone {
  readonly stream: string;
  readonly root: string;
}

export interface TombstonesOptions {
  readonly disk: ArchiveDisk;
  readonly catalogue: Catalogue;
  readonly onProblem: (problem: string) => void;
}

/** Forty days of one stream. Of older ones only the files are left: the home lists its packs by itself. */
const MAX_OF_STREAM = 1000;
const DAYS_AT_ONCE = 4;

/** What was erased here, since its home has it: in memory, and in a file for each day. */
export class Tombstones {
  readonly #options: TombstonesOptions;
  /** By stream, and by root and name; the oldest that was put in first. */
  readonly #buried = new Map<string, Map<string, BuriedPack>>();
  /** Lines that wait for the write of their file that is under way, by file. */
  readonly #waiting = new Map<string, { readonly lines: object[]; readonly written: Promise<void> }>();
  readonly #writing = new Map<string, Promise<void>>();

  constructor(options: TombstonesOptions) {
    this.#options = options;
  }

  /** Reads those of a root. @returns all of them, also those that are not remembered. */
  async read(root: string): Promise<readonly BuriedPack[]> {
    const { catalogue, disk, onProblem } = this.#options;
    const found: BuriedPack[] = [];
    const days = (await catalogue.daysOf(root)).toReversed();
    await someAtOnce(days, DAYS_AT_ONCE, async ({ place, day, stream }: FoundDay) => {
      const path = `${place.folder}/${day}/${RETURNED_FILE}`;
      try {
        const text = await readText(disk, path, MAX_RETURNED_BYTES);
        const { tombstones, problems } = parseTombstones(day, text ?? '');
        for (const problem of problems) onProblem(`${path} ${problem}`);
        for (const tombstone of tombstones) found.push({ ...tombstone, stream, root });
      } catch (error) {
        // Where it is the folder, that is told by its name.
        const why = await disk.names(`${place.folder}/${day}`).then(() => undefined, diskReason);
        const what = why === undefined ? path : `${place.folder}/${day}`;
        onProblem(`${what} cannot be read: ${why ?? diskReason(error)}`);
      }
    });
    found.sort((one, other) => one.startMs - other.startMs);
    for (const buried of found) this.#put(buried);
    return found;
  }

  /** Resolves when it would survive a power loss. Those that wait for one file are written together. */
  async bury(buried: BuriedPack): Promise<void> {
    const { disk, catalogue } = this.#options;
    const { root, stream, startMs } = buried;
    const place = catalogue.placeOf(stream, root);
    if (place === undefined) throw new Error(`${stream} is not the name of a stream`);
    await mustBeMounted(disk, root, place.server);
    await this.#write(`${place.folder}/${dayFolder(startMs)}/${RETURNED_FILE}`, toldOfTombstone(buried));
    this.#put(buried);
  }

  /** The segment was erased here; `undefined`: it was not, or it is not remembered. */
  find(stream: string, epoch: number, number: number): BuriedPack | undefined {
    for (const buried of this.#buried.get(stream)?.values() ?? []) {
      if (buried.epoch === epoch && buried.firstNumber <= number && number <= buried.lastNumber) return buried;
    }
    return undefined;
  }

  /** The oldest first. */
  between(stream: string, { fromMs, untilMs }: Interval): readonly BuriedPack[] {
    const all = [...(this.#buried.get(stream)?.values() ?? [])];
    return all.filter(({ startMs, endMs }) => startMs < untilMs && endMs > fromMs);
  }

  get streams(): readonly string[] {
    return [...this.#buried.keys()];
  }

  /** Removes the files of days whose recordings the home need not keep any longer. */
  async expire(ruleOf: (stream: string) => KeepRule | undefined, nowMs: number): Promise<void> {
    for (const [stream, buried] of this.#buried) {
      const rule = ruleOf(stream);
      const isOver = ({ endMs, keepMs }: BuriedPack) => {
        const wantedMs = rule === undefined ? keepMs : rule.keepMs;
        return wantedMs !== undefined && endMs + wantedMs <= nowMs;
      };
      for (const day of daysOf([...buried.values()])) if (day.every(isOver)) await this.#forget(day);
    }
  }

  async #forget(day: readonly BuriedPack[]): Promise<void> {
    const { disk, catalogue, onProblem } = this.#options;
    const [first] = day;
    const place = first && catalogue.placeOf(first.stream, first.root);
    if (first === undefined || place === undefined || catalogue.isRootAway(first.root)) return;
    const folder = `${place.folder}/${dayFolder(first.startMs)}`;
    try {
      await mustBeMounted(disk, first.root, place.server);
      await disk.remove(`${folder}/${RETURNED_FILE}`);
      await removeEmptyDay(disk, folder);
      const buried = this.#buried.get(first.stream);
      for (const one of day) buried?.delete(keyOf(one));
      if (buried?.size === 0) this.#buried.delete(first.stream);
    } catch (error) {
      onProblem(`${folder}/${RETURNED_FILE} could not be removed: ${diskReason(error)}`);
    }
  }

  #write(path: string, line: object): Promise<void> {
    const waiting = this.#waiting.get(path);
    if (waiting !== undefined) {
      waiting.lines.push(line);
      return waiting.written;
    }
    const lines = [line];
    const before = this.#writing.get(path) ?? Promise.resolve();
    const written = before
      .catch(() => {})
      .then(() => {
        this.#waiting.delete(path);
        return addSyncedLines(this.#options.disk, path, lines, MAX_RETURNED_BYTES);
      });
    this.#waiting.set(path, { lines, written });
    this.#writing.set(path, written);
    const over = () => {
      if (this.#writing.get(path) === written) this.#writing.delete(path);
    };
    written.then(over, over);
    return written;
  }

  #put(buried: BuriedPack): void {
    const { stream } = buried;
    const ofStream = this.#buried.get(stream) ?? new Map<string, BuriedPack>();
    this.#buried.set(stream, ofStream);
    ofStream.set(keyOf(buried), buried);
    const [oldest] = ofStream.keys();
    if (ofStream.size > MAX_OF_STREAM && oldest !== undefined) ofStream.delete(oldest);
  }
}

function keyOf(buried: BuriedPack): string {
  return `${buried.root} ${packPath(buried)}`;
}

/** Those of one day on one root together. */
function daysOf(all: readonly BuriedPack[]): readonly (readonly BuriedPack[])[] {
  const days = new Map<string, BuriedPack[]>();
  for (const buried of all) {
    const key = `${buried.root} ${dayFolder(buried.startMs)}`;
    const day = days.get(key);
    if (day === undefined) days.set(key, [buried]);
    else day.push(buried);
  }
  return [...days.values()];
}
