import type { Told } from '../../domain/herd-event.ts';
import type { Clock } from '../../host/clock.ts';

export interface Misread {
  readonly what: 'a beat' | 'a report' | 'its record' | 'the owner';
  /** The server that said it; absent: it does not say. */
  readonly from?: string | undefined;
  readonly stream?: string;
  readonly why: string;
}

/** The same problem comes with every beat and every renewal. */
const SAID_AGAIN_MS = 600_000;
/** Any client with access to the bus can make up servers. */
const MAX_REMEMBERED = 32;

/** Logs words of others that this server does not understand: from a newer version, or not from a server at all. */
export class NotUnderstood {
  readonly #teller: { tell(told: Told): void };
  readonly #clock: Pick<Clock, 'now'>;
  /** When each problem was told last, the oldest first. */
  readonly #toldMs = new Map<string, number>();

  constructor(teller: { tell(told: Told): void }, clock: Pick<Clock, 'now'>) {
    this.#teller = teller;
    this.#clock = clock;
  }

  note({ what, from, stream, why }: Misread): void {
    const key = JSON.stringify([what, from, stream, why]);
    this.#forgetOld();
    if (this.#toldMs.has(key) || this.#toldMs.size >= MAX_REMEMBERED) return;
    this.#toldMs.set(key, this.#clock.now());
    const about = { ...(stream !== undefined && { stream }), ...(from !== undefined && { subject: from }) };
    this.#teller.tell({ kind: 'not-understood', why: `${what} is not understood here: ${why}`, ...about });
  }

  #forgetOld(): void {
    const nowMs = this.#clock.now();
    for (const [key, toldMs] of this.#toldMs) if (nowMs - toldMs >= SAID_AGAIN_MS) this.#toldMs.delete(key);
  }
}
