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
  const rssKib = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { rssMb: rssKib / KIB_PER_MB, files: readdirSync(`/proc/${pid}/fd`).length };
}

/** The most memory that any of the servers has held above what it had when this was made. */
export class Peak implements Disposable {
  readonly #before: ReadonlyMap<HerdServer, Held>;
  readonly #timer: NodeJS.Timeout;
  mb = 0;

  constructor(before: ReadonlyMap<HerdServer, Held>) {
    this.#before = before;
    this.#timer = setInterval(() => this.#look(), SAMPLE_EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [server, before] of this.#before) {
      try {
        this.mb = Math.max(this.mb, heldBy(server).rssMb - before.rssMb);
      } catch {
        // It has ended: that is found by its process id.
      }
    }
  }
}
