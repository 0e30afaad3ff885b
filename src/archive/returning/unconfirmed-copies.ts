import { z } from 'zod';
import type { Clock } from '../../host/clock.ts';
import { packIdSchema, streamSchema } from '../debts/debt.ts';
import type { PackOfStream } from '../debts/return-peers.ts';
import { type ArchiveDisk, jsonOf, readText } from '../disk/archive-disk.ts';
import { diskReason, within } from '../disk/stall.ts';
import type { PackId } from '../pack/pack-name.ts';
import { debtKey } from './holders/holder-debts.ts';
import { Later } from './later.ts';

export interface UnconfirmedParts {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  /** `<data_dir>/returns-unconfirmed` */
  readonly file: string;
  /** The other server to which recordings of the stream belong by its definition; `undefined`: there is none. */
  readonly otherHomeOf: (stream: string) => string | undefined;
  /** This server owes the pack to `home` from now on. @returns whether it is known here. @throws Error of the disk */
  readonly owe: (stream: string, pack: PackId, home: string) => Promise<boolean>;
  /** Whether it lies in its place. One that is not known is known from then on. @throws Error where that cannot be looked at */
  readonly isInPlace: (copy: PackOfStream) => Promise<boolean>;
}

/** What is forgotten stays here, as if its holder had erased its own. */
const MAX_COPIES = 1000;
const MAX_BYTES = 1024 * 1024;
const ANSWER_WITHIN_MS = 10_000;
/**
 * A holder that has taken the second receipt writes its tombstone within moments. If it ends before that, it owes the pack again when it is back:
 * also to another server, and this server is told of that one at its own time.
 */
const ERASED_AFTER_MS = 600_000;
const VERSION = 1;
const schema = z.object({
  v: z.literal(VERSION),
  copies: z.array(packIdSchema.extend({ stream: streamSchema })).max(MAX_COPIES),
});

interface Unconfirmed {
  readonly copy: PackOfStream;
  /** On the monotonic clock: the holder took the second receipt. */
  readonly confirmedMs?: number;
}

/**
 * Copies that lie in their place, or will in a moment, and that their holder has not erased yet as far as is known. If their stream belongs to
 * another server by then, the holder owes them to that one, and so does this server: else two servers would keep them for good. They are noted
 * in a file, since this server may end in between and find another `capture_at` at its next start.
 */
export class UnconfirmedCopies {
  readonly #parts: UnconfirmedParts;
  readonly #copies = new Map<string, Unconfirmed>();
  readonly #later = new Later();
  #isBusy = false;
  /** The file is known. */
  #isRead = false;
  #written: string | undefined;
  #isDue = false;
  #writing: Promise<void> | undefined;

  constructor(parts: UnconfirmedParts) {
    this.#parts = parts;
  }

  /** What an earlier run has left. @returns why it cannot be known; `undefined`: it is. */
  async read(): Promise<string | undefined> {
    try {
      return await within(this.#parts.clock, ANSWER_WITHIN_MS, this.#read());
    } catch (error) {
      return `${this.#parts.file}: which recordings have returned and are not confirmed cannot be read: ${diskReason(error)}`;
    }
  }

  /** Resolves when an end of the process or of the power would not take it any more. @throws the disk's error, StallError */
  async add({ stream, epoch, firstNumber, startMs }: PackOfStream): Promise<void> {
    const copy = { stream, epoch, firstNumber, startMs };
    this.#copies.delete(debtKey(copy));
    this.#copies.set(debtKey(copy), { copy });
    const [oldest] = this.#copies.keys();
    if (this.#copies.size > MAX_COPIES && oldest !== undefined) this.#copies.delete(oldest);
    await within(this.#parts.clock, ANSWER_WITHIN_MS, this.#write());
  }

  /** The holder has taken the second receipt. */
  confirmed(pack: PackOfStream): void {
    const known = this.#copies.get(debtKey(pack));
    if (known !== undefined) this.#copies.set(debtKey(pack), { ...known, confirmedMs: this.#parts.clock.now() });
  }

  /**
   * To be called now and then, once it is known what this server has. Never rejects.
   *
   * @param isInWork the pack is on its way to its place, or is being confirmed: nothing is decided about it now.
   */
  async look(isInWork: (copy: PackOfStream) => boolean = () => false): Promise<void> {
    if (this.#isBusy || this.#copies.size === 0) return;
    this.#isBusy = true;
    for (const [key, noted] of [...this.#copies]) {
      const nowMs = this.#parts.clock.now();
      if (isInWork(noted.copy) || this.#later.whyNot(key, nowMs) !== undefined) continue;
      try {
        await this.#lookAt(key, noted);
      } catch (error) {
        this.#later.failed(key, diskReason(error), nowMs);
      }
    }
    this.#isBusy = false;
  }

  async #lookAt(key: string, noted: Unconfirmed): Promise<void> {
    const { copy, confirmedMs } = noted;
    const { clock, otherHomeOf, owe, isInPlace } = this.#parts;
    const home = otherHomeOf(copy.stream);
    const isErased = confirmedMs !== undefined && clock.now() - confirmedMs >= ERASED_AFTER_MS;
    if (!isErased) {
      // It stays noted while it is owed: the definition may name this server again, and then another one.
      if (home === undefined || (await owe(copy.stream, copy, home))) return;
      if (await isInPlace(copy)) return this.#later.failed(key, 'it was not known until now', clock.now());
    }
    // Noted anew meanwhile: it has been begun again.
    if (this.#copies.get(key) !== noted) return;
    this.#copies.delete(key);
    this.#later.succeeded(key);
    await this.#write();
  }

  async #read(): Promise<string | undefined> {
    const { disk, file } = this.#parts;
    const isThere = (await disk.look(file)) !== undefined;
    const text = isThere ? await readText(disk, file, MAX_BYTES) : undefined;
    const { data } = schema.safeParse(jsonOf(text ?? ''));
    for (const copy of data?.copies ?? []) {
      if (!this.#copies.has(debtKey(copy))) this.#copies.set(debtKey(copy), { copy });
    }
    this.#isRead = true;
    this.#written = data === undefined ? undefined : text;
    if (!isThere || data !== undefined) return undefined;
    return `${file} is damaged: recordings that were returning may stay on two servers if their capture_at is changed`;
  }

  /** However often it is called, one write is under way, and the next one has all that was noted until then. */
  #write(): Promise<void> {
    this.#isDue = true;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const { disk, file } = this.#parts;
    while (this.#isDue) {
      this.#isDue = false;
      // What an earlier run has noted must not be written over.
      if (!this.#isRead) await this.#read();
      const copies = [...this.#copies.values()].map(({ copy }) => copy);
      const text = `${JSON.stringify({ v: VERSION, copies })}\n`;
      if (text === this.#written) continue;
      await disk.replace(file, text);
      this.#written = text;
    }
  }
}
