import { type Clock, every, PROCESS_CLOCK } from '../../host/clock.ts';
import { MAX_GOSSIP_BYTES } from '../../nats/services/multicast.ts';
import type { Followers } from '../followers.ts';
import type { ToldProblem } from '../joining/peer-problems.ts';
import type { NotUnderstood } from '../view/not-understood.ts';
import { type OwnerReport, readReports } from './report-message.ts';

/**
 * The reports of each server about its own captures, and its findings about the herd, so that every server can answer for all.
 *
 * A server multicasts what changed, at most every `FLUSH_MS`, and everything when a server joins or `FULL_MS` have passed:
 * reports are shown to users, and plans learn from them which streams are dark, so it is enough that a lost report is repaired soon.
 */

const FLUSH_MS = 200;
const FULL_MS = 15_000;
/** The limit for the reports in one message; the rest of a message is for the text around them. */
const MAX_REPORTS_BYTES = MAX_GOSSIP_BYTES - 1024;
/** A bound, because any client with access to the bus can invent servers. */
const MAX_SERVERS = 256;
const MAX_STREAMS = 50_000;

interface Deps {
  /** The name of this server, whose own messages come back to it. */
  readonly server: string;
  /** The present session, or '' before the first. */
  session(): string;
  send(text: string): void;
  /** Reports about a stream that is gone, as of an owner that is still stopping, are not kept for a later owner. */
  isDefined(stream: string): boolean;
  /** Called with the codec of an input's sound, as each owner tells it. */
  onSound?(stream: string, input: number, codec: string): void;
  /** Called when the known state of a stream's capture has changed, or the findings about servers. */
  readonly shown?: Pick<Followers, 'streamChanged' | 'serversChanged'> | undefined;
  /** Called when a stream becomes live, or is no longer live. */
  readonly onLight?: () => void;
  readonly notUnderstood?: Pick<NotUnderstood, 'note'>;
  readonly clock?: Clock;
}

interface Heard {
  readonly session: string;
  readonly reports: Map<string, OwnerReport>;
  /** While the parts of a full report come in: the streams that they have named so far, and the number of the next part. */
  full: { readonly named: Set<string>; next: number } | undefined;
  problems: readonly ToldProblem[];
}

export class CaptureReports implements Disposable {
  readonly #deps: Deps;
  readonly #own = new Map<string, OwnerReport>();
  readonly #changed = new Set<string>();
  readonly #ahead = new Map<string, number>();
  readonly #discontinuities = new Map<string, number>();
  readonly #others = new Map<string, Heard>();
  readonly #clock: Clock;
  #problems: readonly ToldProblem[] = [];
  #flush: unknown;
  #owesAll = false;
  #owesProblems = false;
  readonly #endFull: () => void;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? PROCESS_CLOCK;
    this.#endFull = every(this.#clock, FULL_MS, () => this.sendAll());
  }

  /** The last report of the session on `server` about `stream` under `epoch`; for this server's own streams the present one. */
  of(server: string, stream: string, epoch: number): OwnerReport | undefined {
    if (server === this.#deps.server) return this.#own.get(stream);
    const report = this.#others.get(server)?.reports.get(stream);
    return report?.epoch === epoch ? report : undefined;
  }

  own(stream: string): OwnerReport | undefined {
    return this.#own.get(stream);
  }

  /** The last report of any owner about its numbers; see `ahead`. It outlives that owner. */
  numbersAhead(stream: string): number | undefined {
    return this.#ahead.get(stream);
  }

  /** The highest count of discontinuities that any owner has told. It outlives that owner. */
  discontinuities(stream: string): number | undefined {
    return this.#discontinuities.get(stream);
  }

  set(stream: string, report: OwnerReport | undefined): void {
    this.#noteLight(this.#own.get(stream), report);
    if (report === undefined) this.#own.delete(stream);
    else {
      this.#own.set(stream, report);
      this.#noteSound(stream, report);
    }
    this.#changed.add(stream);
    this.#deps.shown?.streamChanged(stream);
    this.#sendSoon();
  }

  /** What this server finds wrong in the herd now. */
  setProblems(problems: readonly ToldProblem[]): void {
    if (JSON.stringify(problems) === JSON.stringify(this.#problems)) return;
    this.#problems = problems;
    this.#owesProblems = true;
    this.#deps.shown?.serversChanged();
    this.#sendSoon();
  }

  /** The findings of each server, this one included. */
  problems(): readonly (readonly [server: string, problems: readonly ToldProblem[]])[] {
    const others = [...this.#others].map(([server, { problems }]) => [server, problems] as const);
    return [[this.#deps.server, this.#problems], ...others];
  }

  /** A newcomer knows nothing yet. Several that join together are told together. */
  sendAll(): void {
    this.#owesAll = true;
    this.#sendSoon();
  }

  receive(server: string, text: string): void {
    if (server === this.#deps.server) return;
    const { message, problem } = readReports(text);
    if (problem !== undefined) this.#deps.notUnderstood?.note({ what: 'a report', from: server, why: problem });
    const heard = message && this.#heardOf(server, message.session);
    if (message === undefined || heard === undefined) return;
    const { full, reports, problems } = message;
    if (problems !== undefined) {
      heard.problems = problems;
      this.#deps.shown?.serversChanged();
    }
    if (full?.part === 0) heard.full = { named: new Set(), next: 0 };
    for (const [stream, report] of reports) {
      heard.full?.named.add(stream);
      this.#noteLight(heard.reports.get(stream), report);
      if (report === null) heard.reports.delete(stream);
      else this.#note(heard, stream, report);
      this.#deps.shown?.streamChanged(stream);
    }
    if (full === undefined) return;
    for (const stream of takePart(heard, full)) this.#deps.shown?.streamChanged(stream);
  }

  /** The stream is gone. */
  forgetStream(stream: string): void {
    this.#ahead.delete(stream);
    this.#discontinuities.delete(stream);
  }

  /** The server is gone. */
  forget(server: string): void {
    this.#others.delete(server);
  }

  [Symbol.dispose](): void {
    this.#endFull();
    this.#clock.clearTimeout(this.#flush);
  }

  #heardOf(server: string, session: string): Heard | undefined {
    const known = this.#others.get(server);
    if (known?.session === session) return known;
    if (known === undefined && this.#others.size >= MAX_SERVERS) return undefined;
    const heard: Heard = { session, reports: new Map(), full: undefined, problems: [] };
    this.#others.set(server, heard);
    return heard;
  }

  #note({ reports }: Heard, stream: string, report: OwnerReport): void {
    if (reports.size < MAX_STREAMS || reports.has(stream)) reports.set(stream, report);
    if (!this.#deps.isDefined(stream)) return;
    this.#noteSound(stream, report);
    if (report.ahead !== undefined) remember(this.#ahead, stream, report.ahead);
    const count = Math.max(report.discontinuities ?? 0, this.#discontinuities.get(stream) ?? 0);
    if (count > 0) remember(this.#discontinuities, stream, count);
  }

  #noteSound(stream: string, { input, sound }: OwnerReport): void {
    if (input !== undefined && sound !== undefined) this.#deps.onSound?.(stream, input, sound);
  }

  #noteLight(before: OwnerReport | undefined, after: OwnerReport | undefined | null): void {
    if ((before?.state === 'live') !== (after?.state === 'live')) this.#deps.onLight?.();
  }

  #sendSoon(): void {
    this.#flush ??= this.#clock.setTimeout(() => this.#send(), FLUSH_MS);
  }

  #send(): void {
    this.#flush = undefined;
    const session = this.#deps.session();
    const names = this.#owesAll ? [...this.#own.keys()] : [...this.#changed];
    const isFull = this.#owesAll;
    const owesProblems = isFull || this.#owesProblems;
    this.#owesAll = false;
    this.#owesProblems = false;
    this.#changed.clear();
    if (session === '') return;
    const lines = names.map((name) => JSON.stringify([name, this.#own.get(name) ?? null]));
    const messages = packed(lines);
    for (const [part, reports] of messages.entries()) {
      const full = isFull ? `"full":${JSON.stringify({ part, parts: messages.length })},` : '';
      this.#deps.send(`{"session":${JSON.stringify(session)},${full}"reports":[${reports.join(',')}]}`);
    }
    // Findings get a message of their own: they may fill half of one.
    if (owesProblems) this.#deps.send(JSON.stringify({ session, reports: [], problems: this.#problems }));
  }
}

function remember(map: Map<string, number>, stream: string, value: number): void {
  if (map.size < MAX_STREAMS || map.has(stream)) map.set(stream, value);
}

/** Puts as many reports into a message as the bus takes: a report has from 100 to some thousand bytes, because it quotes the source. */
function packed(lines: readonly string[]): string[][] {
  const messages: string[][] = [[]];
  let bytes = 0;
  for (const line of lines) {
    const more = Buffer.byteLength(line) + 1;
    if (bytes + more > MAX_REPORTS_BYTES) {
      messages.push([]);
      bytes = 0;
    }
    messages.at(-1)?.push(line);
    bytes += more;
  }
  return messages;
}

/** The streams that are no longer reported, once the last part has come. */
function takePart(heard: Heard, { part, parts }: { readonly part: number; readonly parts: number }): readonly string[] {
  // A part was lost: which streams are over is not known before the next full report.
  if (heard.full?.next !== part) heard.full = undefined;
  const { full } = heard;
  if (full === undefined) return [];
  full.next += 1;
  if (full.next < parts) return [];
  heard.full = undefined;
  const over = [...heard.reports.keys()].filter((stream) => !full.named.has(stream));
  for (const stream of over) heard.reports.delete(stream);
  return over;
}
