import type { StreamDefinition } from '../../domain/definition/stream-definition.ts';
import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { Told } from '../../domain/herd-event.ts';
import type { Log } from '../../domain/log.ts';
import type { OwnerView } from '../../machines/stream-contract.ts';
import { type DefinitionChange, type Definitions, toldOf } from '../view/definitions.ts';
import type { StreamRegistry } from './stream-registry.ts';

interface Deps {
  readonly definitions: Definitions;
  readonly registry: StreamRegistry;
  readonly log: Log;
  /** This server's session while it stands, else ''. */
  session(): string;
  ownerView(name: StreamName): OwnerView;
  /** Every server sees what happens to all; one of them tells of it. */
  tellsForAll(): boolean;
  tell(told: Told): void;
  /** What is known of the stream has changed, or the stream is gone. */
  onChange(name: StreamName): void;
}

/** Gives every defined stream its actor, tells that actor what the definition says, and people what became of definitions. */
export class DefinedStreams {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The view shows the change already. */
  changed(change: DefinitionChange): void {
    this.#tell(change);
    if (change.type === 'changed') this.#define(change.name, change.definition);
    else if (change.type === 'removed') this.#define(change.name, null);
    this.#deps.onChange(change.name);
  }

  /** Lets go of what the bus lost and no server has put back. */
  dropLost(): void {
    const { definitions, log, tell, tellsForAll, onChange } = this.#deps;
    const lost = definitions.dropLost();
    if (lost.length === 0) return;
    const why = 'the bus lost its definition, and no configuration file of a server that runs has it';
    log.error(`${lost.length} streams are gone (${why}): ${lost.join(', ')}`);
    for (const name of lost) {
      if (tellsForAll()) tell({ kind: 'definition-removed', stream: name, why });
      this.#define(name, null);
      onChange(name);
    }
  }

  #define(name: StreamName, definition: StreamDefinition | null): void {
    const { registry, session, ownerView } = this.#deps;
    if (definition !== null && !registry.has(name)) {
      registry.ensure(name);
      if (session() !== '') registry.send(name, { type: 'standing.gained', session: session() });
      registry.send(name, { type: 'owner.changed', owner: ownerView(name) });
    }
    registry.send(name, { type: 'definition.changed', definition });
  }

  #tell(change: DefinitionChange): void {
    const { log, tell, tellsForAll } = this.#deps;
    if (change.type === 'refused') log.warn(`the new definition of ${change.name} is refused: ${change.why}`);
    if (tellsForAll()) tell(toldOf(change));
  }
}
