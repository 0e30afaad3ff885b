import { z } from 'zod';
import { count } from '../../domain/records/number-schemas.ts';
import { type ArchiveDisk, readText } from '../disk/archive-disk.ts';
import { checkedLine, parseCheckedLine } from '../pack/checked-line.ts';
import { type PackId, packPath } from '../pack/pack-name.ts';

/**
 * The packs for which the command of `on_pack` still has to run, in a file of the data folder: a line for each closed pack, and one for each
 * pack for which the command has run. Lines are added without a sync. If a power loss takes the last lines, their packs are found again,
 * because packs of the last two hours that the journal does not know count as new. So a pack may be handed on twice, and none is forgotten.
 */
export class PackJournal {
  readonly #disk: ArchiveDisk;
  readonly #path: string;
  readonly #bounds: JournalBounds;
  readonly #waiting = new Map<string, ClosedPack>();
  /** Of the last hours: by key, when the pack ends. */
  readonly #done = new Map<string, number>();
  #sinceMs = 0;
  #lastEndMs = 0;
  #lines = 0;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(disk: ArchiveDisk, path: string, bounds: JournalBounds) {
    this.#disk = disk;
    this.#path = path;
    this.#bounds = bounds;
  }

  /** @param nowMs with a new journal, packs that ended before this are not handed on: they were recorded before `on_pack` was configured. */
  static async open(disk: ArchiveDisk, path: string, nowMs: number, bounds = BOUNDS): Promise<PackJournal> {
    const journal = new PackJournal(disk, path, bounds);
    const text = await readText(disk, path, MAX_BYTES);
    for (const line of (text ?? '').split('\n')) journal.#read(line);
    if (journal.#sinceMs === 0) journal.#sinceMs = nowMs;
    await journal.#compact();
    return journal;
  }

  /** The oldest first. */
  get waiting(): readonly ClosedPack[] {
    return [...this.#waiting.values()];
  }

  /** Whether the pack is in no line, and may have been closed just before an end of the server. */
  isMissed(pack: ClosedPack): boolean {
    const key = keyOf(pack);
    const fromMs = Math.max(this.#sinceMs, this.#lastEndMs - REMEMBERED_MS);
    return pack.endMs > fromMs && !this.#waiting.has(key) && !this.#done.has(key);
  }

  /** @returns the pack that is given up for it; `undefined`: there was room. */
  async closed(pack: ClosedPack): Promise<ClosedPack | undefined> {
    const key = keyOf(pack);
    if (this.#waiting.has(key)) return undefined;
    this.#take(key, pack);
    const [oldest] = this.waiting;
    const givenUp = this.#waiting.size > this.#bounds.waiting ? oldest : undefined;
    await this.#add({ v: VERSION, closed: pack });
    if (givenUp !== undefined) await this.done(givenUp);
    return givenUp;
  }

  async done(pack: ClosedPack): Promise<void> {
    const key = keyOf(pack);
    this.#finish(key, pack.endMs);
    await this.#add({ v: VERSION, done: key, endMs: pack.endMs });
  }

  #read(line: string): void {
    const checked = parseCheckedLine(line);
    const read = checked.ok ? lineSchema.safeParse(checked.value).data : undefined;
    if (read === undefined) return;
    if ('sinceMs' in read) this.#sinceMs = read.sinceMs;
    else if ('closed' in read) this.#take(keyOf(read.closed), read.closed);
    else this.#finish(read.done, read.endMs);
  }

  #take(key: string, pack: ClosedPack): void {
    this.#waiting.set(key, pack);
    this.#lastEndMs = Math.max(this.#lastEndMs, pack.endMs);
  }

  #finish(key: string, endMs: number): void {
    this.#waiting.delete(key);
    this.#done.set(key, endMs);
    this.#lastEndMs = Math.max(this.#lastEndMs, endMs);
  }

  async #add(value: object): Promise<void> {
    this.#lines += 1;
    if (this.#lines > this.#bounds.lines) await this.#compact();
    else await this.#inTurn(() => this.#disk.append(this.#path, `${checkedLine(value)}\n`));
  }

  #compact(): Promise<void> {
    for (const [key, endMs] of this.#done) if (endMs <= this.#lastEndMs - REMEMBERED_MS) this.#done.delete(key);
    const values = [
      { v: VERSION, sinceMs: this.#sinceMs },
      ...this.waiting.map((closed) => ({ v: VERSION, closed })),
      ...[...this.#done].map(([done, endMs]) => ({ v: VERSION, done, endMs })),
    ];
    this.#lines = 0;
    return this.#inTurn(() =>
      this.#disk.replace(this.#path, values.map((value) => `${checkedLine(value)}\n`).join('')),
    );
  }

  #inTurn(write: () => Promise<void>): Promise<void> {
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => {});
    return written;
  }
}

export interface ClosedPack extends PackId {
  readonly root: string;
  readonly stream: string;
  readonly endMs: number;
}

export interface JournalBounds {
  readonly waiting: number;
  /** So many lines are added before the journal is written again. */
  readonly lines: number;
}

/** Waiting: a day of 400 streams. */
const BOUNDS: JournalBounds = { waiting: 10_000, lines: 5000 };
const REMEMBERED_MS = 2 * 3_600_000;
const MAX_BYTES = 16 * 1024 * 1024;
const VERSION = 1;

const version = z.literal(VERSION);
const closedSchema = z.object({
  root: z.string(),
  stream: z.string(),
  endMs: count,
  epoch: count,
  firstNumber: count,
  startMs: count,
});
const lineSchema = z.union([
  z.object({ v: version, sinceMs: count }),
  z.object({ v: version, closed: closedSchema }),
  z.object({ v: version, done: z.string(), endMs: count }),
]);

function keyOf(pack: ClosedPack): string {
  return `${pack.root} ${pack.stream} ${packPath(pack)}`;
}
