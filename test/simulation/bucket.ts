import type { Entry } from '../../src/nats/buckets/store.ts';
import type { Random } from '../support/random.ts';
import { type Backup, Copy, type Step, type Stored } from './copy.ts';
import type { HeapClock } from './heap-clock.ts';

/** A compare-and-set. `text: null` removes the key. */
export interface Write {
  readonly key: string;
  readonly text: string | null;
  readonly expected: number;
}

/** A write as it lands. `expected: undefined`: whatever there is. */
export type Landing = Omit<Write, 'expected'> & { readonly expected: number | undefined };

/** From one leader to another. */
export interface Election {
  /** For so long the new leader answers without having applied all writes; it takes no writes meanwhile. */
  readonly catchUpMs: number;
  /** Hosts that still meet the old leader, which gets no more writes, and for how long. */
  readonly cutOff: { readonly hosts: ReadonlySet<string>; readonly forMs: number };
}

/** The mean delay of a follower behind its leader. */
const LAG_MS = 5;

/**
 * One bucket of a JetStream stream, with one order of writes, on one node or three. It knows which node leads, what each node has applied,
 * and amnesia.
 */
export class Bucket {
  readonly name: string;
  /** Counts how often the bucket was made again. */
  life = 1;
  /** A bucket that is gone answers no question, until it is made again. */
  exists = true;
  stalledUntilMs = 0;
  /** Called at the moment when a write lands. */
  onLanded: (entry: Entry, before: Entry | undefined, writer: string) => void = () => undefined;
  /** To be republished; `previous`: the key's revision before, or 0. */
  onStored: (stored: Stored, previous: number) => void = () => undefined;
  #readsLeft = 0;
  #onRead: (() => void) | undefined;
  /** Counts the losses: a write that was under way before a loss does not land. */
  era = 0;
  readonly copies: readonly Copy[];
  readonly #clock: HeapClock;
  readonly #random: Random;
  readonly #decided = new Copy('all that was decided');
  #leader: Copy;
  #old: { readonly copy: Copy; readonly hosts: ReadonlySet<string>; readonly untilMs: number } | undefined;

  constructor(name: string, { clock, random, nodes }: { clock: HeapClock; random: Random; nodes: readonly string[] }) {
    this.name = name;
    this.#clock = clock;
    this.#random = random;
    this.copies = nodes.map((node) => new Copy(node));
    this.#leader = random.pick(this.copies);
  }

  get entries(): ReadonlyMap<string, Stored> {
    return this.#decided.entries;
  }

  get revision(): number {
    return this.#decided.revision;
  }

  get stalled(): boolean {
    return this.#clock.nowMs < this.stalledUntilMs;
  }

  /** A NATS server that is no cluster names no leader. */
  get isCluster(): boolean {
    return this.copies.length > 1;
  }

  /** The copy of the leader that a host meets; `undefined`: there is no leader. */
  leaderFor(host: string): Copy | undefined {
    const { nowMs } = this.#clock;
    if (this.stalled) return undefined;
    if (this.#isCutOff(host)) return this.#old?.copy;
    this.#leader.catchUpWholly(nowMs);
    return this.#leader;
  }

  /** Whether what is stored is told to the host. */
  isHeardBy(host: string): boolean {
    return !this.#isCutOff(host);
  }

  /** Has `run` called after so many more reads. A read is one of a key or of a chunk. */
  afterReads(count: number, run: () => void): void {
    this.#readsLeft = count;
    this.#onRead = run;
  }

  hasBeenRead(): void {
    this.#readsLeft -= 1;
    if (this.#readsLeft > 0) return;
    const run = this.#onRead;
    this.#onRead = undefined;
    run?.();
  }

  /** @returns what is stored now; `conflict`: the key is at another revision than expected. */
  compareAndSet(writer: string, { key, text, expected }: Landing): Stored | 'conflict' {
    const before = this.entries.get(key);
    const previous = before?.revision ?? 0;
    if (expected !== undefined && previous !== expected) return 'conflict';
    const stored = { key, revision: this.revision + 1, text, storedAt: String(this.#clock.nowMs) };
    this.#decide({ key, stored });
    this.onLanded(stored, before, writer);
    this.onStored(stored, previous);
    return stored;
  }

  /** Whether the leader that a host meets takes writes: a leader that lags does not, and an old leader finds no other node to agree. */
  takesWritesOf(host: string): boolean {
    const leader = this.#isCutOff(host) ? undefined : this.leaderFor(host);
    return leader?.revision === this.revision && !leader.isHeld(this.#clock.nowMs);
  }

  /** As an operator's tool does it, which tries until it succeeds. */
  put(key: string, text: string): void {
    if (this.exists) this.compareAndSet('operator', { key, text, expected: undefined });
  }

  /** @returns how many messages that took away. */
  purge(key: string, below: number): number {
    const stored = this.entries.get(key);
    if (stored === undefined || stored.revision >= below) return 0;
    this.#decide({ key, stored: undefined });
    return 1;
  }

  backup(): Backup {
    const { revision, storedAt } = this.#decided;
    return { entries: new Map(this.entries), revision, storedAt };
  }

  /** Amnesia: the bucket is as it was at the backup, or, without one, empty; `gone`: it has to be made first. */
  lose(backup?: Backup | 'gone'): void {
    const kept = backup === 'gone' ? undefined : backup;
    for (const copy of [this.#decided, ...this.copies]) copy.reset(kept);
    if (kept === undefined) this.life += 1;
    this.exists = backup !== 'gone';
    this.#old = undefined;
    this.era += 1;
  }

  elect({ catchUpMs, cutOff }: Election): void {
    const others = this.copies.filter((copy) => copy !== this.#leader);
    const { nowMs } = this.#clock;
    // A leader that has not applied everything stays leader until it has: this takes moments, and another node would take as long.
    if (others.length === 0 || this.#leader.isHeld(nowMs)) return;
    this.#leader.catchUpWholly(nowMs);
    const untilMs = nowMs + cutOff.forMs;
    if (cutOff.hosts.size > 0) this.#leader.away(untilMs);
    this.#old = { copy: this.#leader, hosts: cutOff.hosts, untilMs };
    this.#leader = this.#random.pick(others);
    this.#leader.hold(nowMs + catchUpMs);
  }

  /** The nodes of the bucket find each other again, and catch up. */
  heal(): void {
    this.#old = undefined;
    this.#onRead = undefined;
    this.stalledUntilMs = Math.min(this.stalledUntilMs, this.#clock.nowMs);
    for (const copy of this.copies) copy.release(this.#clock.nowMs);
  }

  /** A follower stops applying, as on a busy disk. */
  slowDown(forMs: number): void {
    for (const copy of this.copies) if (copy !== this.#leader) copy.hold(this.#clock.nowMs + forMs);
  }

  #isCutOff(host: string): boolean {
    return this.#old !== undefined && this.#clock.nowMs < this.#old.untilMs && this.#old.hosts.has(host);
  }

  #decide(step: Step): void {
    const { nowMs } = this.#clock;
    this.#decided.take(step, nowMs, nowMs);
    for (const copy of this.copies) {
      const lagMs = copy === this.#leader ? 0 : this.#random.delay(LAG_MS);
      copy.take(step, nowMs + lagMs, nowMs);
    }
  }
}
