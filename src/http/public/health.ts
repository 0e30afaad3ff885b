import { sincePulseMs } from './control-pulse.ts';
import type { Readiness } from './media-messages.ts';

/** Longer than any turn of a healthy control thread; beats are missed long before. */
const LIVE_WITHIN_MS = 2000;

/** The name of the server that answers `/livez`: another server finds out whether a `peer_url` leads where it should. */
export const SERVER_HEADER = 'x-streamherd-server';

export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly body: object;
}

/** Answers `/livez` and `/readyz` on the listener's thread, so that no work of any other thread delays them. */
export class Health {
  readonly #pulse: SharedArrayBuffer;
  readiness: Readiness = { ready: false, why: 'this server is starting: it has not joined its herd yet' };

  constructor(pulse: SharedArrayBuffer) {
    this.#pulse = pulse;
  }

  answer(of: 'livez' | 'readyz'): HealthAnswer {
    const lateMs = sincePulseMs(this.#pulse);
    if (of === 'livez' && lateMs <= LIVE_WITHIN_MS) return { status: 200, body: { live: true } };
    const why = `the control thread has stood still for ${(lateMs / 1000).toFixed(1)} s`;
    if (of === 'livez') return { status: 503, body: { live: false, why } };
    if (lateMs > LIVE_WITHIN_MS) return { status: 503, body: { ready: false, why } };
    return { status: this.readiness.ready ? 200 : 503, body: this.readiness };
  }
}
