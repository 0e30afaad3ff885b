import type { HeapClock } from './heap-clock.ts';

/** What a server meets at a source. */
export type Meeting = 'data' | 'silence' | 'refusal' | 'failure';

/** What is wrong with a source: for all servers, or for the servers named. */
interface Trouble {
  readonly meeting: Exclude<Meeting, 'data' | 'failure'>;
  readonly hosts: ReadonlySet<string> | undefined;
}

/** The sources, and which servers reach them. */
export class Cameras {
  readonly #clock: HeapClock;
  readonly #troubles = new Map<string, Set<Trouble>>();
  /** Servers whose ffmpegs fail as soon as they are started, whatever the source. */
  readonly #unfit = new Set<string>();
  /** When each pair of a stream and a server was last in trouble. */
  readonly #lastMs = new Map<string, number>();

  constructor(clock: HeapClock) {
    this.#clock = clock;
  }

  /** @returns what ends it. */
  trouble(stream: string, meeting: Trouble['meeting'], hosts: readonly string[] | undefined): () => void {
    const trouble = { meeting, hosts: hosts && new Set(hosts) };
    const troubles = this.#troubles.get(stream) ?? new Set();
    this.#troubles.set(stream, troubles.add(trouble));
    return () => troubles.delete(trouble);
  }

  /** @returns what ends it. */
  ffmpegFails(host: string): () => void {
    this.#unfit.add(host);
    return () => this.#unfit.delete(host);
  }

  /** `isStart`: no data has come from this source yet. The trouble of ffmpegs that fail at their start does not touch one that runs. */
  meet(stream: string, host: string, isStart: boolean): Meeting {
    if (isStart && this.#unfit.has(host)) {
      this.#lastMs.set(`${stream} ${host}`, this.#clock.nowMs);
      return 'failure';
    }
    for (const { meeting, hosts } of this.#troubles.get(stream) ?? []) {
      if (hosts !== undefined && !hosts.has(host)) continue;
      this.#lastMs.set(`${stream} ${host}`, this.#clock.nowMs);
      return meeting;
    }
    return 'data';
  }

  /** When `host` last met trouble at the source; `undefined`: never. */
  lastTroubleMs(stream: string, host: string): number | undefined {
    return this.#lastMs.get(`${stream} ${host}`);
  }
}
