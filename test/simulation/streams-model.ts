import type { WriteAnswer } from '../../src/domain/membership/own-key.ts';
import type { OwnerRecord } from '../../src/domain/owner-record.ts';
import type { Capture } from './capture-ledger.ts';
import type { Bucket, Feed, FeedChange, KeyEntry } from './jetstream.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';

/** What the streams of one session need from the rest of its server: the seam for the real stream machine and placement. */
export interface SessionView {
  readonly server: string;
  readonly session: string;
  /** Milliseconds that the session may still capture. */
  standingForMs(): number;
  rosterRevision(): number;
  hasEnded(session: string, rosterRevision: number): boolean;
  /** Servers that may take streams, in any order. */
  candidates(): readonly string[];
  begin(stream: string, epoch: number): Capture;
  /** Kills the capture; `ended` is called when it is dead. */
  kill(capture: Capture, ended: () => void): void;
  note(text: string): void;
}

export interface StreamsModelOptions {
  readonly streams: readonly string[];
  readonly heirGraceMs: number;
  /** Mean time between two hand-backs of a session, as a placement that changes its mind. 0: never. */
  readonly handBackEveryMs: number;
  /** Planted fault: claim at whatever revision the key has now instead of the one that showed it vacant. */
  readonly claimsAtAnyRevision?: boolean;
  /** Planted fault: take a session that the roster does not show for ended, however old the view. */
  readonly trustsOldRoster?: boolean;
  /** Planted fault: capture again under an epoch whose hand-back was not answered. */
  readonly resumesEpoch?: boolean;
}

type Phase = 'idle' | 'claiming' | 'settling' | 'capturing' | 'handingBack' | 'vacating';

interface StreamState {
  phase: Phase;
  vacantSinceMs: number | undefined;
  /**
   * The last epoch that this session has asked to vacate. Its answer may be missing and it may land any time, so nothing is
   * ever captured under that epoch again: the only way on is to ask again.
   */
  givenUp: number;
  capture?: Capture;
}

const TURN_MS = 250;

/** "Taking a stream", for one session: claims of what is vacant, captures of what was won, hand-backs now and then. */
export class StreamsModel {
  readonly #view: SessionView;
  readonly #machine: Machine;
  readonly #owners: Bucket<OwnerRecord>;
  readonly #random: Random;
  readonly #options: StreamsModelOptions;
  readonly #entries = new Map<string, KeyEntry<OwnerRecord>>();
  readonly #states = new Map<string, StreamState>();
  readonly #feed: Feed<OwnerRecord>;
  #current = false;
  #closed = false;
  /** Told to give everything back: takes nothing more. */
  draining = false;

  constructor(
    view: SessionView,
    parts: { readonly machine: Machine; readonly owners: Bucket<OwnerRecord>; readonly random: Random },
    options: StreamsModelOptions,
  ) {
    this.#view = view;
    this.#machine = parts.machine;
    this.#owners = parts.owners;
    this.#random = parts.random;
    this.#options = options;
    for (const stream of options.streams)
      this.#states.set(stream, { phase: 'idle', vacantSinceMs: undefined, givenUp: 0 });
    this.#feed = this.#owners.watch(this.#machine.name, (change) => this.#machine.message(() => this.#changed(change)));
    this.#turn();
  }

  get idle(): boolean {
    return [...this.#states.values()].every((it) => it.phase === 'idle');
  }

  close(): void {
    this.#closed = true;
    this.#feed.close();
  }

  reconcile(): void {
    this.#feed.reconcile();
  }

  #changed(change: FeedChange<OwnerRecord>): void {
    if (this.#closed) return;
    if (change.type === 'stale') this.#current = false;
    else if (change.type === 'current') this.#current = true;
    else {
      const { entry } = change;
      if (entry.revision <= (this.#entries.get(entry.key)?.revision ?? 0)) return;
      this.#entries.set(entry.key, entry);
      const state = this.#states.get(entry.key);
      if (state?.capture !== undefined && entry.value.session !== this.#view.session) {
        this.#stop(entry.key, state, `its key names ${entry.value.server ?? 'nobody'}`);
      }
    }
  }

  #turn(): void {
    if (this.#closed) return;
    const forMs = this.#view.standingForMs();
    if (forMs > 0) {
      const candidates = this.#view.candidates();
      for (const [stream, state] of this.#states) this.#consider(stream, state, candidates);
    }
    this.#machine.after(TURN_MS, () => this.#turn());
  }

  #consider(stream: string, state: StreamState, candidates: readonly string[]): void {
    const entry = this.#entries.get(stream);
    if (state.phase === 'capturing') {
      const { handBackEveryMs } = this.#options;
      if (this.draining || (handBackEveryMs > 0 && this.#random.chance(TURN_MS / handBackEveryMs))) {
        this.#handBack(stream, state);
      }
      return;
    }
    if (state.phase !== 'idle' || !this.#current) return;
    if (entry?.value.session === this.#view.session) {
      if (this.draining || entry.revision <= state.givenUp) this.#vacate(stream, state, entry.revision);
      else this.#capture(stream, state, entry.revision);
      return;
    }
    if (!this.#isVacant(entry)) {
      state.vacantSinceMs = undefined;
      return;
    }
    const { monoMs } = this.#machine.now();
    state.vacantSinceMs ??= monoMs;
    if (this.draining) return;
    const mine = preferred(stream, candidates, entry?.value) === this.#view.server;
    const waitMs = mine || this.#random.chance(0.02) ? 0 : this.#options.heirGraceMs;
    if (monoMs - state.vacantSinceMs >= waitMs) this.#claim(stream, state, entry?.revision ?? 0);
  }

  #isVacant(entry: KeyEntry<OwnerRecord> | undefined): boolean {
    if (entry === undefined || entry.value.session === null) return true;
    const { session, rosterRevision } = entry.value;
    return this.#view.hasEnded(session, this.#options.trustsOldRoster ? 0 : rosterRevision);
  }

  #claim(stream: string, state: StreamState, seenRevision: number): void {
    state.phase = 'claiming';
    const record: OwnerRecord = {
      server: this.#view.server,
      session: this.#view.session,
      rosterRevision: this.#view.rosterRevision(),
      since: '',
      why: 'vacant',
    };
    const expected = this.#options.claimsAtAnyRevision
      ? (this.#owners.entries.get(stream)?.revision ?? 0)
      : seenRevision;
    this.#write(stream, record, expected, (answer) => {
      this.#view.note(`claim of ${stream} at ${expected}: ${answer.outcome}`);
      if (answer.outcome === 'won') this.#capture(stream, state, answer.revision);
      else if (answer.outcome === 'lost') this.#becomeIdle(state);
      else this.#settle(stream, state);
    });
  }

  /** Starts nothing before it knows. */
  #settle(stream: string, state: StreamState): void {
    state.phase = 'settling';
    this.#owners.read(this.#machine.name, stream, (found) =>
      this.#machine.message(() => {
        if (this.#closed) return;
        if (found === undefined) this.#machine.after(TURN_MS, () => this.#settle(stream, state));
        else if (found.entry?.value.session === this.#view.session) this.#capture(stream, state, found.entry.revision);
        else this.#becomeIdle(state);
      }),
    );
  }

  #capture(stream: string, state: StreamState, epoch: number): void {
    if (this.#closed || this.#view.standingForMs() <= 0) return;
    // What was read may be old: the view may have seen more, and what this session gave up stays given up.
    if ((this.#entries.get(stream)?.revision ?? 0) > epoch || (epoch <= state.givenUp && !this.#options.resumesEpoch)) {
      this.#becomeIdle(state);
      return;
    }
    state.phase = 'capturing';
    state.capture = this.#view.begin(stream, epoch);
  }

  #handBack(stream: string, state: StreamState): void {
    const { capture } = state;
    if (capture === undefined) return;
    state.phase = 'handingBack';
    this.#view.kill(capture, () => {
      if (this.#closed || state.capture !== capture) return;
      delete state.capture;
      this.#vacate(stream, state, capture.epoch);
    });
  }

  #vacate(stream: string, state: StreamState, epoch: number): void {
    state.phase = 'vacating';
    if (!this.#options.resumesEpoch) state.givenUp = epoch;
    const others = this.#view.candidates().filter((it) => it !== this.#view.server);
    const heir = others.length > 0 ? { heir: this.#random.pick(others) } : {};
    const record: OwnerRecord = { server: null, session: null, since: '', why: 'handed back', ...heir };
    this.#write(stream, record, epoch, (answer) => {
      this.#view.note(`vacating ${stream} at ${epoch}: ${answer.outcome}`);
      this.#becomeIdle(state);
    });
  }

  #stop(stream: string, state: StreamState, why: string): void {
    const { capture } = state;
    if (capture === undefined) return;
    this.#view.note(`stops ${stream}: ${why}`);
    state.phase = 'handingBack';
    this.#view.kill(capture, () => {
      if (state.capture !== capture) return;
      delete state.capture;
      this.#becomeIdle(state);
    });
  }

  #becomeIdle(state: StreamState): void {
    state.phase = 'idle';
    state.vacantSinceMs = undefined;
  }

  #write(stream: string, record: OwnerRecord, expected: number, answered: (answer: WriteAnswer) => void): void {
    this.#owners.update(this.#machine.name, stream, record, expected, (answer) =>
      this.#machine.message(() => {
        if (!this.#closed) answered(answer);
      }),
    );
  }
}

/** The heir if it is there, else whoever a hash of both names likes best. */
function preferred(stream: string, servers: readonly string[], record: OwnerRecord | undefined): string | undefined {
  const heir = record?.session === null ? record.heir : undefined;
  if (heir !== undefined && servers.includes(heir)) return heir;
  let best: string | undefined;
  let bestScore = -1;
  for (const server of servers) {
    let score = 17;
    for (const char of `${stream}/${server}`) score = (Math.imul(score, 31) + char.charCodeAt(0)) >>> 0;
    score = Math.imul(score ^ (score >>> 15), 0x2c1b3c6d) >>> 0;
    if (score > bestScore) {
      best = server;
      bestScore = score;
    }
  }
  return best;
}
