import { formatDefinitionProblem } from '../../domain/definition/definition-problem.ts';
import type { StreamDefinition } from '../../domain/definition/stream-definition.ts';
import { parseDefinition, printDefinition } from '../../domain/definition/stream-definition-schema.ts';
import { formsOf, nameOfForm, type StreamName } from '../../domain/definition/stream-name.ts';
import type { HerdEventKind } from '../../domain/herd-event.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import type { Entry } from '../../nats/buckets/store.ts';
import { Tombstones } from './tombstones.ts';

/** What the bucket `streams` says of one stream. */
export interface Defined {
  /** The last good definition; `undefined` when none was ever good. */
  readonly definition: StreamDefinition | undefined;
  /** Revision of the key's newest value, good or not. */
  readonly revision: number;
  /** Why the newest value was refused. */
  readonly refused?: string;
}

export type DefinitionChange =
  | { readonly type: 'changed'; readonly name: StreamName; readonly definition: StreamDefinition }
  /** `why` is absent when the key was removed. */
  | { readonly type: 'removed'; readonly name: StreamName; readonly why?: string }
  | { readonly type: 'refused'; readonly name: StreamName; readonly why: string };

/** The definitions in force. A bad value never disturbs what runs: the last good one stays. */
export class Definitions {
  /** What a compare-and-set that defines a removed stream again expects. */
  readonly tombstones = new Tombstones();
  readonly #known = new Map<StreamName, Defined>();
  readonly #now: () => number;

  constructor(now: () => number = PROCESS_CLOCK.now) {
    this.#now = now;
  }

  get(name: StreamName): Defined | undefined {
    return this.#known.get(name);
  }

  /** Revision of the stream's key, also of its removal; 0: never written. */
  revisionOf(name: StreamName): number {
    return this.#known.get(name)?.revision ?? this.tombstones.revisionOf(formsOf(name).key);
  }

  names(): IterableIterator<StreamName> {
    return this.#known.keys();
  }

  entries(): IterableIterator<[StreamName, Defined]> {
    return this.#known.entries();
  }

  /** Takes an entry of the bucket. `undefined`: it changes nothing, or its key names no stream. */
  take(entry: Entry): DefinitionChange | undefined {
    const { key, revision, text } = entry;
    const name = nameOfForm(key);
    if (revision <= (name === undefined ? this.tombstones.revisionOf(key) : this.revisionOf(name))) return undefined;
    this.tombstones.take(entry, this.#now());
    if (name === undefined) return undefined;
    const before = this.#known.get(name);
    if (text === null) return this.#known.delete(name) ? { type: 'removed', name } : undefined;
    const parsed = parseDefinition(text);
    if (parsed.ok) {
      this.#known.set(name, { definition: parsed.definition, revision });
      // The same entry again, as when a bucket is filled again.
      const isSame = before?.refused === undefined && haveSameText(before?.definition, parsed.definition);
      return isSame ? undefined : { type: 'changed', name, definition: parsed.definition };
    }
    const why = parsed.problems.map(formatDefinitionProblem).join('; ');
    this.#known.set(name, { definition: before?.definition, revision, refused: why });
    return { type: 'refused', name, why };
  }

  /** The bucket lost its data: revisions start again. What is in force stays until an entry replaces it, or `dropLost`. */
  forgetRevisions(): void {
    this.tombstones.clear();
    for (const [name, defined] of this.#known) this.#known.set(name, { ...defined, revision: 0 });
  }

  /** Forgets what the bucket lost and no server has put back. */
  dropLost(): StreamName[] {
    const lost = [...this.#known].filter(([, { revision }]) => revision === 0).map(([name]) => name);
    for (const name of lost) this.#known.delete(name);
    return lost;
  }
}

function haveSameText(a: StreamDefinition | undefined, b: StreamDefinition): boolean {
  return a !== undefined && printDefinition(a) === printDefinition(b);
}

const KINDS = { changed: 'definition-changed', removed: 'definition-removed', refused: 'definition-refused' } as const;
const WHYS = { changed: 'a new definition was published', removed: 'its definition was removed' } as const;

/** What the event log says of a change. */
export function toldOf(change: DefinitionChange): {
  readonly kind: HerdEventKind;
  readonly stream: string;
  readonly why: string;
} {
  const why = change.type === 'changed' ? WHYS.changed : (change.why ?? WHYS.removed);
  return { kind: KINDS[change.type], stream: change.name, why };
}
