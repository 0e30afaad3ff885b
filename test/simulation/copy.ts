import type { Entry } from '../../src/nats/buckets/store.ts';

/** A key as a stream holds it. `storedAt` differs between two histories of a bucket that was put back. */
export interface Stored extends Entry {
  readonly storedAt: string;
}

/** What a bucket held at some moment. */
export interface Backup {
  readonly entries: ReadonlyMap<string, Stored>;
  readonly revision: number;
  readonly storedAt: string;
}

/** A write, or, with nothing stored, the sweep of a key. */
export interface Step {
  readonly key: string;
  readonly stored: Stored | undefined;
}

/** One node's copy of a bucket: it shows a write only after the node has applied it. */
export class Copy {
  readonly node: string;
  entries = new Map<string, Stored>();
  revision = 0;
  storedAt = '';
  #ahead: { readonly step: Step; readonly atMs: number }[] = [];
  #heldUntilMs = 0;
  #awayUntilMs = 0;

  constructor(node: string) {
    this.node = node;
  }

  /** Applies it at `atMs`, after what came before. */
  take(step: Step, atMs: number, nowMs: number): void {
    this.#ahead.push({ step, atMs: Math.max(atMs, this.#awayUntilMs, this.#ahead.at(-1)?.atMs ?? 0) });
    this.catchUp(nowMs);
  }

  /** Applies nothing until then. */
  hold(untilMs: number): void {
    this.#heldUntilMs = untilMs;
  }

  /** Learns of nothing that is decided from now until then. */
  away(untilMs: number): void {
    this.#awayUntilMs = untilMs;
  }

  /** It is with the others again, and what it missed comes soon. */
  release(nowMs: number): void {
    this.#heldUntilMs = 0;
    this.#awayUntilMs = 0;
    this.#ahead = this.#ahead.map(({ step }) => ({ step, atMs: nowMs }));
  }

  isHeld(nowMs: number): boolean {
    return nowMs < this.#heldUntilMs;
  }

  catchUp(nowMs: number): void {
    if (this.isHeld(nowMs)) return;
    let count = 0;
    for (const { step, atMs } of this.#ahead) {
      if (atMs > nowMs) break;
      count += 1;
      this.#apply(step);
    }
    if (count > 0) this.#ahead.splice(0, count);
  }

  /** A leader serves nothing before it has applied everything, once nothing holds it. */
  catchUpWholly(nowMs: number): void {
    if (!this.isHeld(nowMs)) this.catchUp(Number.POSITIVE_INFINITY);
  }

  reset(backup?: Backup): void {
    this.entries = new Map(backup?.entries);
    this.revision = backup?.revision ?? 0;
    this.storedAt = backup?.storedAt ?? '';
    this.#ahead = [];
    this.#heldUntilMs = 0;
    this.#awayUntilMs = 0;
  }

  #apply({ key, stored }: Step): void {
    if (stored === undefined) {
      this.entries.delete(key);
      return;
    }
    this.entries.set(key, stored);
    this.revision = stored.revision;
    this.storedAt = stored.storedAt;
  }
}
