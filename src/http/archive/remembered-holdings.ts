import type { Holding } from '../../archive/archive-calls.ts';
import { MAX_UNIX_MS } from '../../archive/playback/playback-times.ts';
import type { ServerHoldings } from '../../archive/playback/recording-status.ts';
import type { KeptTime } from '../../archive/retention/kept-times.ts';
import type { ArchiveSource } from './archive-source.ts';

/** What was recorded last is asked for again so soon, and everything so soon: the past changes by retention and returns only. */
const RECENT_FRESH_MS = 1000;
const ALL_FRESH_MS = 30_000;
/** What can still change by being recorded: a pack is no longer than an hour. */
const RECENT_MS = 2 * 3_600_000;
/** A server that has not answered is not asked again at once: each question would wait for as long. */
const SILENT_MS = 2000;
/** Of all streams and servers: 250 bytes each. */
const MAX_HOLDINGS = 200_000;

interface Remembered {
  all: readonly Holding[];
  kept: readonly KeptTime[];
  allAtMs: number;
  atMs: number;
  silentUntilMs: number;
  isSilent: boolean;
  asking: Promise<void> | undefined;
}

export interface HoldingsClock {
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly unixMs: () => number;
}

/**
 * The recordings of each server of a stream, remembered for a moment, so that a thousand clients that ask for different times cause as
 * many questions as one; and the last known recordings of a server that does not answer any more.
 */
export class RememberedHoldings {
  readonly #clock: HoldingsClock;
  readonly #remembered = new Map<string, Remembered>();
  #count = 0;

  constructor(clock: HoldingsClock) {
    this.#clock = clock;
  }

  async of(stream: string, source: ArchiveSource): Promise<ServerHoldings> {
    const known = this.#entry(stream, source.server);
    const nowMs = this.#clock.nowMs();
    if (nowMs - known.atMs >= RECENT_FRESH_MS && nowMs >= known.silentUntilMs) {
      known.asking ??= this.#ask(stream, source, known).finally(() => {
        known.asking = undefined;
      });
      await known.asking;
    }
    return told(source.server, known);
  }

  /** What a server that is down had when it last answered. */
  last(stream: string, server: string): ServerHoldings | undefined {
    const known = this.#remembered.get(keyOf(stream, server));
    return known && { ...told(server, known), isSilent: true };
  }

  async #ask(stream: string, source: ArchiveSource, known: Remembered): Promise<void> {
    const startedMs = this.#clock.nowMs();
    const isWhole = startedMs - known.allAtMs >= ALL_FRESH_MS;
    const fromMs = isWhole ? 0 : Math.max(0, this.#clock.unixMs() - RECENT_MS);
    try {
      const { holdings, kept } = await source.holdings({ stream, fromMs, untilMs: MAX_UNIX_MS });
      const before = known.all.length;
      const older = isWhole ? [] : known.all.filter(({ untilMs }) => untilMs <= fromMs);
      Object.assign(known, { all: [...older, ...holdings], kept, atMs: startedMs, isSilent: false });
      if (isWhole) known.allAtMs = startedMs;
      this.#counted(known.all.length - before);
    } catch {
      // The reason does not help a viewer; the self-check tells operators which servers cannot be reached.
      known.isSilent = true;
      known.silentUntilMs = this.#clock.nowMs() + SILENT_MS;
    }
  }

  #entry(stream: string, server: string): Remembered {
    const key = keyOf(stream, server);
    const never = Number.NEGATIVE_INFINITY;
    const known = this.#remembered.get(key) ?? {
      ...{ all: [], kept: [], isSilent: false, asking: undefined },
      ...{ allAtMs: never, atMs: never, silentUntilMs: never },
    };
    if (!this.#remembered.has(key)) this.#count += 1;
    this.#remembered.delete(key);
    this.#remembered.set(key, known);
    return known;
  }

  /** Forgets what was asked for longest ago. An entry without holdings counts too. */
  #counted(more: number): void {
    this.#count += more;
    for (const [key, { all, asking }] of this.#remembered) {
      if (this.#count <= MAX_HOLDINGS) return;
      if (asking !== undefined) continue;
      this.#remembered.delete(key);
      this.#count -= all.length + 1;
    }
  }
}

function keyOf(stream: string, server: string): string {
  return `${server} ${stream}`;
}

function told(server: string, { all, kept, isSilent }: Remembered): ServerHoldings {
  return { server, isSilent, holdings: all, kept };
}
