import type { PackReturnReport } from '../../../machines/returning/pack-return.ts';
import type { Debt } from '../../debts/debt.ts';
import { type ReturnPeers, SourceGone } from '../../debts/return-peers.ts';
import { diskReason } from '../../disk/stall.ts';
import type { ReadPace } from '../../pack/media-reader.ts';
import type { HomeCopy, OpenPart } from './home-copy.ts';
import { homeIndex } from './home-index.ts';

/** So much is written at once: a disk takes few large writes faster than many small ones. */
const WRITE_BYTES = 1024 * 1024;

export interface PackSource {
  readonly debt: Debt;
  readonly from: string;
  readonly peers: Pick<ReturnPeers, 'index' | 'media'>;
  readonly signal: AbortSignal;
}

export interface FetchInput extends PackSource {
  readonly copy: HomeCopy;
  readonly home: string;
  readonly pace: ReadPace;
  /** Of the media, from its beginning on. */
  onBytes(doneBytes: number): void;
  onStored(bytes: number): void;
}

/** The other server did not give what was asked for. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
  readonly report: PackReturnReport;

  constructor(report: PackReturnReport) {
    super(report.type);
    this.report = report;
  }
}

/**
 * Fetches what the part of a pack still lacks, from the end of what it has on. When this rejects, the part has what had come.
 *
 * @throws FetchFailed, and the disk's error
 */
export async function fetchPart(input: FetchInput): Promise<void> {
  const { copy, debt, from, home } = input;
  const mine = homeIndex(await indexOf(input), debt, home);
  if (!mine.ok) throw failed(`the index that ${from} has of it cannot be used: ${mine.why}`);
  const { part, bytes } = await copy.openPart(mine.text);
  const writing = new PartWriting(input, part, bytes);
  try {
    if (bytes < debt.bytes) await fill(input, writing, bytes);
  } finally {
    // Also what had come before a failure: the next try goes on behind it.
    await writing.flush().finally(() => part.close());
  }
  if (writing.untilByte !== debt.bytes)
    throw failed(`${from} ended it after ${writing.untilByte} of ${debt.bytes} bytes`);
}

/** The index of the pack, as the other server has it. @throws FetchFailed */
export function indexOf(source: PackSource): Promise<string> {
  const { debt, from, peers, signal } = source;
  return peers.index(from, debt, signal).catch((error: unknown) => {
    throw failureOf(source, error);
  });
}

async function fill(input: FetchInput, writing: PartWriting, fromByte: number): Promise<void> {
  const { debt, from, peers, pace, signal } = input;
  try {
    for await (const bytes of peers.media(from, debt, { fromByte, untilByte: debt.bytes }, signal)) {
      if (writing.untilByte + bytes.length > debt.bytes) throw failed(`${from} gives more bytes of it than it has`);
      await pace(bytes.length);
      signal.throwIfAborted();
      await writing.add(bytes);
    }
  } catch (error) {
    if (error instanceof WriteFailed) throw error.cause;
    throw failureOf(input, error);
  }
}

/** Writes a part while its next bytes come. */
class PartWriting {
  readonly #input: FetchInput;
  readonly #part: OpenPart;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Where the next write begins. */
  #at: number;
  #underWay: Promise<void> = Promise.resolve();

  constructor(input: FetchInput, part: OpenPart, at: number) {
    this.#input = input;
    this.#part = part;
    this.#at = at;
  }

  get untilByte(): number {
    return this.#at + this.#waitingBytes;
  }

  /** @throws WriteFailed */
  async add(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#input.onBytes(this.untilByte);
    if (this.#waitingBytes >= WRITE_BYTES) await this.#write();
  }

  /** @throws the disk's error */
  async flush(): Promise<void> {
    try {
      if (this.#waitingBytes > 0) await this.#write();
      await this.#underWay;
    } catch (error) {
      throw error instanceof WriteFailed ? error.cause : error;
    }
  }

  /** Begins a write when the one before it is done. */
  async #write(): Promise<void> {
    await this.#underWay;
    const bytes = this.#waiting.length === 1 ? this.#waiting[0] : Buffer.concat(this.#waiting);
    const at = this.#at;
    this.#at += this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (bytes === undefined) return;
    this.#underWay = this.#part.write(bytes, at).then(
      () => this.#input.onStored(bytes.length),
      (cause: unknown) => {
        throw new WriteFailed(cause);
      },
    );
    // It is told where the next write, or the end, waits for it.
    this.#underWay.catch(() => {});
  }
}

class WriteFailed extends Error {
  override readonly name = 'WriteFailed';

  constructor(cause: unknown) {
    super('the part cannot be written', { cause });
  }
}

function failureOf({ from, signal }: PackSource, error: unknown): FetchFailed {
  if (error instanceof FetchFailed) return error;
  if (signal.aborted) return failed(String(signal.reason));
  if (error instanceof SourceGone) return new FetchFailed({ type: 'source.gone', why: `${from}: ${error.message}` });
  return failed(`it cannot be fetched from ${from}: ${diskReason(error)}`);
}

function failed(why: string): FetchFailed {
  return new FetchFailed({ type: 'fetch.failed', why });
}
