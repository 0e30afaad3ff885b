import type { Holding } from '../../archive/archive-calls.ts';
import { SEAM_MS } from '../../archive/catalogue/timeline.ts';
import { type Columns, firstOf, lastOf, partsOf, type RecordedPart } from '../../archive/playback/recorded-part.ts';
import { Gate } from '../../domain/gate.ts';
import type { ArchiveSource } from './archive-source.ts';

/** Two weeks of one stream with segments of 2 s. A segment takes 24 bytes, and 35 more where its text is kept. */
const MAX_SEGMENTS = 600_000;
/** A pack that was closed changes only if some of it turns out to be rotten. */
const FRESH_MS = 600_000;
/** An hour each: so many are asked for at once. */
const PACKS_A_QUESTION = 24;
/** A limit, so that the disk of a server has time for other requests. */
const QUESTIONS_AT_ONCE = { places: 4, maxWaiting: 200 } as const;

/** More than what packs that follow one another may lie apart. */
const BEFORE_MS = 2 * SEAM_MS;

interface RememberedPack {
  readonly parts: readonly RecordedPart[];
  readonly count: number;
  /** That the pack had when its segments were asked for: it need not give it. */
  readonly lastNumber: number;
  readonly atMs: number;
}

/** The segments of packs, remembered as columns: a list of a day is put together from 24 of them. */
export class RememberedPacks {
  readonly #nowMs: () => number;
  readonly #packs = new Map<string, RememberedPack>();
  readonly #gates = new Map<string, Gate>();
  readonly #asking = new Map<string, Promise<readonly RecordedPart[]>>();
  #count = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /**
   * The segments of `holdings`, which are in the order of their times.
   *
   * @throws Error when the server does not answer, and GateFullError.
   */
  async of(stream: string, source: ArchiveSource, holdings: readonly Holding[]): Promise<readonly RecordedPart[]> {
    const known: RecordedPart[] = [];
    const questions: Holding[][] = [];
    let isNext = false;
    for (const holding of holdings) {
      const pack = this.#known(stream, source.server, holding);
      if (pack === undefined) {
        const last = questions.at(-1);
        if (isNext && last !== undefined && last.length < PACKS_A_QUESTION) last.push(holding);
        else questions.push([holding]);
      } else known.push(...pack.parts);
      isNext = pack === undefined;
    }
    const asked = await Promise.all(questions.map((question) => this.#shared(stream, source, question)));
    return [...known, ...asked.flat()];
  }

  /** What is remembered of a pack, of a server that does not answer: else its segments are taken to be of one length. */
  without(stream: string, server: string, holding: Holding): readonly RecordedPart[] {
    const { parts = [] } = this.#packs.get(keyOf(stream, server, holding)) ?? {};
    return [...parts, ...assumed(server, holding, parts.at(-1))].map((part) => ({ ...part, isAvailable: false }));
  }

  #known(stream: string, server: string, holding: Holding): RememberedPack | undefined {
    const key = keyOf(stream, server, holding);
    const pack = this.#packs.get(key);
    if (pack === undefined || this.#nowMs() - pack.atMs > FRESH_MS) return undefined;
    if (pack.lastNumber < holding.lastNumber) return undefined;
    this.#packs.delete(key);
    this.#packs.set(key, pack);
    return pack;
  }

  /** Clients that ask for the same at the same time share the answer. */
  #shared(stream: string, source: ArchiveSource, holdings: readonly Holding[]): Promise<readonly RecordedPart[]> {
    const last = holdings.at(-1);
    const [first] = holdings;
    const key = `${source.server} ${stream} ${first?.epoch}-${first?.firstNumber}-${last?.epoch}-${last?.lastNumber}`;
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      asking = this.#ask(stream, source, holdings).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    return asking;
  }

  async #ask(stream: string, source: ArchiveSource, holdings: readonly Holding[]): Promise<readonly RecordedPart[]> {
    const gate = this.#gates.get(source.server) ?? new Gate(QUESTIONS_AT_ONCE);
    this.#gates.set(source.server, gate);
    const [only] = holdings;
    const grown = only !== undefined && holdings.length === 1 ? this.#begun(stream, source.server, only) : undefined;
    // With the end of the pack before: only so the answer says whether the first one continues it.
    const fromMs = grown?.endMs ?? Math.max(0, Math.min(...holdings.map((holding) => holding.fromMs)) - BEFORE_MS);
    const untilMs = Math.max(...holdings.map((holding) => holding.untilMs));
    const blocks = await gate.run(() => source.segments({ stream, fromMs, untilMs }));
    const parts = blocks.flatMap((block) => partsOf(block, source.server));
    return holdings.flatMap((holding) => {
      const own = parts.filter((part) => isOf(part, holding));
      // The server has just said that it has the pack: its disk does not answer now.
      if (own.length === 0 && grown === undefined) return this.without(stream, source.server, holding);
      const whole = grown === undefined ? own : continued(grown.part, own);
      this.#keep(keyOf(stream, source.server, holding), whole, holding.lastNumber);
      return whole;
    });
  }

  /** Of a pack that is being recorded only what is new is asked for. */
  #begun(stream: string, server: string, holding: Holding): { part: RecordedPart; endMs: number } | undefined {
    const pack = this.#packs.get(keyOf(stream, server, holding));
    const [part, ...more] = pack?.parts ?? [];
    if (pack === undefined || part === undefined || more.length > 0) return undefined;
    if (this.#nowMs() - pack.atMs > FRESH_MS) return undefined;
    const last = part.count - 1;
    return { part, endMs: (part.columns.startsMs[last] ?? 0) + (part.columns.durationsMs[last] ?? 0) };
  }

  #keep(key: string, parts: readonly RecordedPart[], lastNumber: number): void {
    // An empty answer counts too.
    const count = parts.reduce((sum, part) => sum + part.count, 1);
    this.#count += count - (this.#packs.get(key)?.count ?? 0);
    this.#packs.delete(key);
    this.#packs.set(key, { parts, count, lastNumber, atMs: this.#nowMs() });
    for (const [oldest, pack] of this.#packs) {
      if (this.#count <= MAX_SEGMENTS) return;
      this.#packs.delete(oldest);
      this.#count -= pack.count;
    }
  }
}

function keyOf(stream: string, server: string, { epoch, firstNumber }: Holding): string {
  return `${server} ${stream} ${epoch}-${firstNumber}`;
}

function isOf(part: RecordedPart, { epoch, firstNumber, lastNumber }: Holding): boolean {
  const { number } = firstOf(part);
  // A pack that grows may have more than it had when it was listed.
  return part.columns.epoch === epoch && number >= firstNumber && number <= lastNumber;
}

/** `part` and what of `more` comes behind it. */
function continued(part: RecordedPart, more: readonly RecordedPart[]): readonly RecordedPart[] {
  const { columns } = part;
  const next = lastOf(part).number + 1;
  const [piece, ...others] = more.filter((one) => lastOf(one).number >= next);
  if (piece === undefined) return [part];
  const skipped = next - firstOf(piece).number;
  if (skipped < 0) return [part, piece, ...others];
  const startsMs = joined(columns.startsMs, piece.columns.startsMs, skipped);
  const durationsMs = joined(columns.durationsMs, piece.columns.durationsMs, skipped);
  const bytes = joined(columns.bytes ?? [], piece.columns.bytes ?? [], skipped);
  return [{ ...part, columns: { ...columns, startsMs, durationsMs, bytes }, count: startsMs.length }, ...others];
}

/** `one`, and `other` without its first ones. */
function joined(one: ArrayLike<number>, other: ArrayLike<number>, skipped: number): Float64Array {
  const both = new Float64Array(one.length + Math.max(0, other.length - skipped));
  both.set(one);
  both.set(Float64Array.from(other).subarray(skipped), one.length);
  return both;
}

/** The segments behind `known` to the end of the pack, as far as its listing tells of them. */
function assumed(server: string, holding: Holding, known: RecordedPart | undefined): readonly RecordedPart[] {
  const { epoch, lastNumber } = holding;
  const firstNumber = known === undefined ? holding.firstNumber : lastOf(known).number + 1;
  const count = lastNumber - firstNumber + 1;
  if (count <= 0 || count > MAX_SEGMENTS) return [];
  const whole = holding.lastNumber - holding.firstNumber + 1;
  const eachMs = Math.max(1, Math.floor((holding.untilMs - holding.fromMs) / whole));
  const fromMs = holding.fromMs + (firstNumber - holding.firstNumber) * eachMs;
  const columns: Columns = {
    epoch,
    firstNumber,
    startsMs: Float64Array.from({ length: count }, (_, index) => fromMs + index * eachMs),
    durationsMs: new Float64Array(count).fill(eachMs),
  };
  return [{ columns, at: 0, count, isContinued: known !== undefined, isAvailable: true, server }];
}
