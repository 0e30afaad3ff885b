import { readdirSync, readFileSync } from 'node:fs';
import type { HerdServer } from '../support/herd-server.ts';

const SAMPLE_EVERY_MS = 200;
const KIB_PER_MB = 1024;

/** What a server process holds. */
export interface Held {
  readonly rssMb: number;
  readonly files: number;
}

export function heldBy(server: HerdServer): Held {
  const pid = server.serverPid;
  if (pid === undefined) throw new Error(`${server.name} has no server process`);
  return { rssMb: rssMbOf(pid), files: readdirSync(`/proc/${pid}/fd`).length };
}

/** 0: the process has ended, and its parent has not collected its status yet. */
function rssMbOf(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / KIB_PER_MB;
}

/** Measures at intervals, and keeps the highest figures. */
abstract class Sampled implements Disposable {
  readonly #timer = setInterval(() => this.#look(), SAMPLE_EVERY_MS);
  mb = 0;

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Each function reads the figures of one process, which may have ended. */
  protected abstract looks(): Iterable<() => number>;

  #look(): void {
    for (const look of this.looks()) {
      try {
        this.mb = Math.max(this.mb, look());
      } catch {
        // The end of a server is noticed by its process id, and captures end often; so an ended process is no error here.
      }
    }
  }
}

/** The most memory that any of the servers has held above what it had when this was made. */
export class Peak extends Sampled {
  readonly #before: ReadonlyMap<HerdServer, Held>;

  constructor(before: ReadonlyMap<HerdServer, Held>) {
    super();
    this.#before = before;
  }

  protected *looks(): Iterable<() => number> {
    for (const [server, before] of this.#before) yield () => heldBy(server).rssMb - before.rssMb;
  }
}

/** The most memory that any one process of a capture has held. */
export class PeakOfCaptures extends Sampled {
  readonly #servers: readonly HerdServer[];

  constructor(servers: readonly HerdServer[]) {
    super();
    this.#servers = servers;
  }

  protected *looks(): Iterable<() => number> {
    for (const server of this.#servers) for (const pid of server.capturePids) yield () => rssMbOf(pid);
  }
}
