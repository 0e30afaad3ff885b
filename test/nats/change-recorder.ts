import type { Store, StoreChange, StoreWatch } from '../../src/nats/buckets/store.ts';

/** Records what a listener of a watch is told, and checks it at once. */
export class ChangeRecorder {
  readonly changes: StoreChange[] = [];
  readonly view = new Map<string, string | null>();
  readonly watch: StoreWatch;
  /** Entries that came after a later revision. */
  wentBack = 0;
  #last = 0;

  constructor(store: Store) {
    this.watch = store.watch((change) => this.#take(change));
  }

  #take(change: StoreChange): void {
    this.changes.push(change);
    if (change.type === 'amnesia') {
      this.#last = 0;
      this.view.clear();
    }
    if (change.type !== 'entry') return;
    if (change.entry.revision <= this.#last) this.wentBack++;
    this.#last = change.entry.revision;
    this.view.set(change.entry.key, change.entry.text);
  }

  /** Whether the last message about the view itself said that it is current. */
  get current(): boolean {
    return this.changes.findLast(({ type }) => type !== 'entry')?.type === 'current';
  }

  count(type: StoreChange['type']): number {
    return this.changes.filter((change) => change.type === type).length;
  }
}
