/**
 * A KV bucket as the herd uses it: every write is a compare-and-set, every read for a decision comes from the leader,
 * and the watch never misses changes silently. It is the only port between the herd and JetStream; `memory-store.ts` behaves in the
 * same way and passes the same contract suite.
 */
export interface Store {
  readonly bucket: string;
  /**
   * Writes `text` if the key's last revision is `expected`; 0 means that the key was never written. A removed key has the
   * revision of its removal, until that is swept away.
   */
  update(key: string, text: string, expected: number): Promise<WriteOutcome>;
  /** Removes the key if its last revision is `expected`. */
  remove(key: string, expected: number): Promise<WriteOutcome>;
  /**
   * Takes away the marker of the removal at `revision`; what was written since stays. From then on the key is as if it had never been
   * written, and the next write of it expects 0. Resolves to whether that marker is surely gone.
   */
  sweep(key: string, revision: number): Promise<boolean>;
  /** The key as the leader has it; `undefined` when it was never written, or its marker was swept away. Throws `BusError` when there is no answer. */
  read(key: string): Promise<Entry | undefined>;
  /** Follows the whole bucket: its present entries, then every change in the order of revisions. */
  watch(listener: (change: StoreChange) => void): StoreWatch;
}

export interface Entry {
  readonly key: string;
  readonly revision: number;
  /** `null`: removed at `revision`. */
  readonly text: string | null;
}

export type WriteOutcome =
  | { readonly outcome: 'won'; readonly revision: number }
  /** Another client wrote the key since `expected`. Nothing was written. */
  | { readonly outcome: 'lost' }
  /** No answer that tells: the write may have landed, or may land as much as 20 s later. Settle it by reading. */
  | { readonly outcome: 'unknown'; readonly why: string };

export type StoreChange =
  | { readonly type: 'entry'; readonly entry: Entry }
  /** The marker of the removal at `revision` is gone: the key is as if it had never been written. Told within some 30 s. */
  | { readonly type: 'swept'; readonly key: string; readonly revision: number }
  /** The view has every entry up to `revision`; sent after the first fill and after every repair. `life` differs when the bucket was made again. */
  | { readonly type: 'current'; readonly revision: number; readonly life?: string }
  /** The view may be old since now: the feed is silent or broken. Followed by `current` when it is repaired. */
  | { readonly type: 'stale'; readonly why: string }
  /** Revisions went back or keys vanished: the bus lost data. The view is filled again after this. */
  | { readonly type: 'amnesia'; readonly why: string };

export interface StoreWatch {
  /** Highest revision of the bucket that the view reflects. */
  readonly revision: number;
  /** Reads the whole bucket again and reports what differs; also for a peer's beat that has seen a later revision. */
  reconcile(): Promise<void>;
  close(): Promise<void>;
}
