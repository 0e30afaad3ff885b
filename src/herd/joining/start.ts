import type { Log } from '../../domain/log.ts';
import type { Bus } from '../../nats/connection/bus.ts';
import type { Herd } from '../herd.ts';

/** The thing that a server which has not joined waits for, one clause. */
export interface Start {
  waitsFor: string;
}

interface Waiting {
  readonly start: Start;
  readonly bus: Pick<Bus, 'trouble'>;
  readonly log: Log;
  readonly everyMs?: number;
}

const SAY_EVERY_MS = 10_000;

/** Resolves when the herd's views are filled. Until then the log and `/readyz` say again and again why they are not. */
export async function untilFilled(
  herd: Pick<Herd, 'staleness' | 'filled'>,
  { start, bus, log, everyMs = SAY_EVERY_MS }: Waiting,
): Promise<void> {
  const timer = setInterval(() => {
    const why = herd.staleness.now?.why ?? bus.trouble ?? 'NATS has not sent all of it yet';
    start.waitsFor = `it reads what the herd has in NATS: ${why}`;
    log.warn(start.waitsFor);
  }, everyMs);
  try {
    await herd.filled();
  } finally {
    clearInterval(timer);
  }
}
