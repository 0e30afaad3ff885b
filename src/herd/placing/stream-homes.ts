import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { Told } from '../../domain/herd-event.ts';
import { isUnknownHome } from '../../domain/placement/placement-input.ts';
import type { Clock } from '../../host/clock.ts';
import type { Followers } from '../followers.ts';
import type { Definitions } from '../view/definitions.ts';
import type { Servers } from '../view/servers.ts';

interface Deps {
  readonly definitions: Pick<Definitions, 'get' | 'entries'>;
  readonly servers: Pick<Servers, 'get'>;
  /** Servers that the configuration file names. */
  readonly peers: readonly string[];
  /** Every server sees it; one of them tells of it. */
  tellsForAll(): boolean;
  tell(told: Told): void;
  /** Whether the stream's home is known has changed. */
  readonly shown: Pick<Followers, 'streamChanged'>;
  readonly clock: Clock;
}

/** Servers and definitions that come together come in any order. */
const GRACE_MS = 30_000;

/**
 * Which streams have a `capture_at` that names no server that is known. A typing error would else look like a server that is
 * away. It is told once for each definition.
 */
export class StreamHomes implements Disposable {
  readonly #deps: Deps;
  /** When each doubtful stream is looked at again, the next first: all wait equally long. */
  readonly #dueMs = new Map<StreamName, number>();
  #timer: unknown;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  readonly isUnknown = (captureAt: string | undefined): captureAt is string => {
    const { servers, peers } = this.#deps;
    return isUnknownHome(captureAt, (server) => servers.get(server) !== undefined, peers);
  };

  /** The stream has a new definition, or none any more. */
  defined(name: StreamName): void {
    this.#dueMs.delete(name);
    if (this.#unknownOf(name) === undefined) return;
    this.#dueMs.set(name, this.#deps.clock.now() + GRACE_MS);
    this.#lookLater();
  }

  /** A server was heard of for the first time, or is taken off the list. */
  serverAppeared(server: string): void {
    for (const [name, { definition }] of this.#deps.definitions.entries()) {
      if (definition?.captureAt === server) this.#deps.shown.streamChanged(name);
    }
  }

  [Symbol.dispose](): void {
    this.#deps.clock.clearTimeout(this.#timer);
    this.#dueMs.clear();
  }

  #unknownOf(name: StreamName): string | undefined {
    const captureAt = this.#deps.definitions.get(name)?.definition?.captureAt;
    return this.isUnknown(captureAt) ? captureAt : undefined;
  }

  #lookLater(): void {
    const { clock } = this.#deps;
    const [dueMs] = this.#dueMs.values();
    if (dueMs === undefined) return;
    this.#timer ??= clock.setTimeout(() => this.#look(), Math.max(1, dueMs - clock.now()));
  }

  #look(): void {
    const { clock, tell, tellsForAll } = this.#deps;
    this.#timer = undefined;
    for (const [stream, dueMs] of this.#dueMs) {
      if (dueMs > clock.now()) break;
      this.#dueMs.delete(stream);
      const captureAt = this.#unknownOf(stream);
      if (captureAt === undefined || !tellsForAll()) continue;
      const why = `its capture_at names ${captureAt}, and no server of that name is known: it is placed as if it had none`;
      tell({ kind: 'definition-doubtful', stream, why });
    }
    this.#lookLater();
  }
}
