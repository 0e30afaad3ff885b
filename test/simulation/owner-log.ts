import { type OwnerRecord, parseOwnerRecord } from '../../src/domain/records/owner-record.ts';
import type { Entry } from '../../src/nats/buckets/store.ts';
import type { Bucket } from './bucket.ts';
import type { Cameras } from './cameras.ts';
import { homeProblem, type Presences, rewriteProblem } from './homes.ts';
import { onceFor } from './once-for.ts';
import { type Circumstances, type OwnerHistory, reasonProblem } from './reasons.ts';

/** The world of a run, as the log needs it. */
interface LoggedWorld extends Circumstances {
  readonly clock: { readonly nowMs: number };
  readonly cameras: Cameras;
  readonly buckets: { readonly owners: Bucket };
  note(source: string, text: string): void;
  readonly presences: Presences;
  violate(promise: 'P3' | 'O11' | 'O12', what: string): void;
}

/** A stream has another owner than before. */
export interface Move {
  readonly atMs: number;
  readonly stream: string;
  readonly from: string | undefined;
  readonly to: string;
}

/** Every change of every key in `owners`, at the moment when it lands: which server had the stream, which has it, and why (P3), and its home (O11). */
export class OwnerLog implements OwnerHistory {
  readonly #world: LoggedWorld;
  readonly #lastOwner = new Map<string, string>();
  readonly #owned = new Set<string>();
  /** Servers that a vacated key of the stream ever named. */
  readonly #heirs = new Map<string, Set<string>>();
  readonly #homes = new Set<string>();
  readonly #drained = new Set<string>();
  readonly #leaving = new Set<string>();
  readonly #failed = new Set<string>();
  readonly moves: Move[] = [];

  constructor(world: LoggedWorld) {
    this.#world = world;
  }

  /** The server handed its streams back at some time. */
  drained(server: string): void {
    this.#drained.add(server);
  }

  toldToLeave(session: string): void {
    this.#leaving.add(session);
  }

  sourceFailed(stream: string, server: string): void {
    this.#failed.add(`${stream} ${server}`);
  }

  wasDrained(server: string): boolean {
    return this.#drained.has(server);
  }

  /** Its hand-back may land when its process has ended. */
  wasToldToLeave(session: string): boolean {
    return this.#leaving.has(session);
  }

  /** The server had trouble at the source, and said so. */
  hasFailed(stream: string, server: string): boolean {
    return this.#failed.has(`${stream} ${server}`) && this.#world.cameras.lastTroubleMs(stream, server) !== undefined;
  }

  wasHeir(stream: string, server: string): boolean {
    return this.#heirs.get(stream)?.has(server) === true;
  }

  wasAnHeir(server: string): boolean {
    return [...this.#heirs.values()].some((heirs) => heirs.has(server));
  }

  hadIt(stream: string, server: string): boolean {
    return this.#owned.has(`${stream} ${server}`);
  }

  wasHome(stream: string, server: string): boolean {
    return this.#homes.has(`${stream} ${server}`);
  }

  /** What the key says now; `undefined`: nothing. */
  recordOf(stream: string): OwnerRecord | undefined {
    return recordIn(this.#world.buckets.owners.entries.get(stream));
  }

  landed(entry: Entry, before: Entry | undefined, writer: string): void {
    const stream = entry.key;
    const record = recordIn(entry);
    if (record === undefined) return;
    const { atMs, world } = { atMs: this.#world.clock.nowMs, world: this.#world };
    const to = record.server ?? 'no server';
    world.note(
      writer,
      `key ${stream}: ${to}${heirOf(record)}, home ${record.home}, epoch ${entry.revision}: ${record.why}`,
    );
    const problem = reasonProblem(world, stream, record, recordIn(before));
    if (problem !== undefined) world.violate('P3', `${stream} goes to ${to} because "${record.why}": ${problem}`);
    this.#judgeHome(stream, record, before);
    if (record.home !== undefined) this.#homes.add(`${stream} ${record.home}`);
    if (record.server === null) {
      if (record.heir !== undefined) {
        this.#heirs.set(stream, (this.#heirs.get(stream) ?? new Set()).add(record.heir));
      }
      return;
    }
    const from = this.#lastOwner.get(stream);
    if (from !== record.server) this.moves.push({ atMs, stream, from, to: record.server });
    this.#lastOwner.set(stream, record.server);
    this.#owned.add(`${stream} ${record.server}`);
  }

  #judgeHome(stream: string, record: OwnerRecord, replaced: Entry | undefined): void {
    const world = this.#world;
    const before = recordIn(replaced);
    if (record.session === null || before?.session !== record.session) {
      // The claim of a server that has yet to notice that the key is lost, with the home that it knows. Nothing comes of it (O10).
      if (before === undefined && world.lostDataMs !== undefined && this.wasHome(stream, record.home ?? '')) return;
      const captureAt = world.streams.find(({ name }) => name === stream)?.captureAt;
      const problem = homeProblem(record, before, captureAt);
      if (problem !== undefined) world.violate('O11', `${stream}, because "${record.why}": ${problem}`);
      return;
    }
    const problem = rewriteProblem(record, before, replaced?.revision ?? 0);
    if (problem !== undefined) world.violate('O12', `${stream} of ${record.server} is rewritten: ${problem}`);
    const home = before.home ?? before.server;
    // What a backup that was put back says of servers is not what has happened.
    if (world.lostDataMs !== undefined || world.presences.isGone(home, world.clock.nowMs)) return;
    world.violate('O12', `${record.server} makes itself the home of ${stream}, and ${home} is not gone`);
  }
}

const parsed = onceFor(({ text }) => (text === null ? undefined : parseOwnerRecord(text)));

function recordIn(entry: Entry | undefined): OwnerRecord | undefined {
  return entry && parsed(entry);
}

function heirOf(record: OwnerRecord): string {
  return record.server === null && record.heir !== undefined ? `, for ${record.heir}` : '';
}
