import { z } from 'zod';

/**
 * What each server says of its own captures, so that any server can answer for all of them.
 *
 * A server multicasts what changed, at most every `FLUSH_MS`, and everything when a server joins or `FULL_MS` have passed:
 * a report is news for people, nothing is decided by it, so a lost one need only be repaired soon.
 */

const FLUSH_MS = 200;
const FULL_MS = 15_000;
/** Streams in one message, which keeps it far below the bus's 1 MB. */
const STREAMS_PER_MESSAGE = 500;

const reportSchema = z.object({
  state: z.enum(['claiming', 'handing-back', 'connecting', 'live', 'stalled', 'backing-off', 'stopping']),
  epoch: z.number().int().nonnegative(),
  /** Seconds since the state began are not sent: clocks are not compared. ISO 8601, for people. */
  since: z.string().max(40),
  bitrateKbps: z.number().optional(),
  input: z.number().int().optional(),
  error: z.string().max(500).optional(),
  /** How far its media sequence numbers run ahead of `unix time ÷ segment duration`; the next owner begins above them. */
  ahead: z.number().int().optional(),
});

const messageSchema = z.object({
  session: z.string().max(64),
  full: z.boolean(),
  reports: z.array(z.tuple([z.string().max(128), z.union([reportSchema, z.null()])])).max(STREAMS_PER_MESSAGE),
});

export type CaptureReport = z.infer<typeof reportSchema>;

interface Deps {
  readonly session: () => string;
  send(text: string): void;
  onChange(stream: string): void;
}

export class CaptureReports implements Disposable {
  readonly #deps: Deps;
  readonly #own = new Map<string, CaptureReport>();
  readonly #changed = new Set<string>();
  readonly #ahead = new Map<string, number>();
  readonly #others = new Map<string, { session: string; reports: Map<string, CaptureReport> }>();
  #flush: NodeJS.Timeout | undefined;
  readonly #full: NodeJS.Timeout;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#full = setInterval(() => this.sendAll(), FULL_MS);
  }

  /** What the session on `server` last said of `stream` under `epoch`. */
  of(server: string, stream: string, epoch: number): CaptureReport | undefined {
    const report = this.#others.get(server)?.reports.get(stream);
    return report?.epoch === epoch ? report : undefined;
  }

  own(stream: string): CaptureReport | undefined {
    return this.#own.get(stream);
  }

  /** What the last owner that said so, said of its numbers; see `ahead`. */
  numbersAhead(stream: string): number | undefined {
    return this.#ahead.get(stream);
  }

  set(stream: string, report: CaptureReport | undefined): void {
    if (report === undefined) this.#own.delete(stream);
    else this.#own.set(stream, report);
    this.#changed.add(stream);
    this.#deps.onChange(stream);
    this.#flush ??= setTimeout(() => this.#sendChanges(), FLUSH_MS);
  }

  /** A newcomer knows nothing yet. */
  sendAll(): void {
    this.#send([...this.#own], true);
  }

  receive(server: string, text: string): void {
    const message = parseMessage(text);
    if (message === undefined || message.session === this.#deps.session()) return;
    let known = this.#others.get(server);
    if (known?.session !== message.session || message.full) {
      known = { session: message.session, reports: new Map() };
      this.#others.set(server, known);
    }
    for (const [stream, report] of message.reports) {
      if (report === null) known.reports.delete(stream);
      else known.reports.set(stream, report);
      if (report?.ahead !== undefined) this.#ahead.set(stream, report.ahead);
      this.#deps.onChange(stream);
    }
  }

  forget(server: string): void {
    this.#others.delete(server);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#full);
    clearTimeout(this.#flush);
  }

  #sendChanges(): void {
    this.#flush = undefined;
    const changes = [...this.#changed].map((stream) => [stream, this.#own.get(stream) ?? null] as const);
    this.#changed.clear();
    this.#send(changes, false);
  }

  #send(reports: readonly (readonly [string, CaptureReport | null])[], full: boolean): void {
    for (let from = 0; from === 0 || from < reports.length; from += STREAMS_PER_MESSAGE) {
      const part = reports.slice(from, from + STREAMS_PER_MESSAGE);
      this.#deps.send(JSON.stringify({ session: this.#deps.session(), full: full && from === 0, reports: part }));
    }
  }
}

function parseMessage(text: string): z.infer<typeof messageSchema> | undefined {
  try {
    return messageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
