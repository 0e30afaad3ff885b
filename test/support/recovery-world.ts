import type { Told } from '../../src/domain/herd-event.ts';
import { serverRecordText } from '../../src/domain/records/server-record.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { Recovery } from '../../src/herd/joining/recovery.ts';
import { Servers } from '../../src/herd/view/servers.ts';
import { type Clock, PROCESS_CLOCK } from '../../src/host/clock.ts';
import { HeapClock } from './heap-clock.ts';
import { recordOf } from './membership-herd.ts';

/** The recovery checks this often whether placing is safe; with some room. */
export const CHECKED_WITHIN_MS = 200;
export const TIMES = { ...DEFAULT_TIMES, evictSlowMs: 400, evictRideMs: 60_000 };

/** Time that passes only when it is told to. */
export function givenTime() {
  const heap = new HeapClock();
  const clock: Clock = {
    now: () => heap.now(),
    unixMs: () => heap.now(),
    setTimeout: (run, waitMs) => heap.setTimeout(run, waitMs),
    clearTimeout: (timer) => heap.clearTimeout(timer as number),
  };
  const advance = (ms: number) => heap.advance(ms);
  return {
    clock,
    advance,
    /** Lets time pass until `promise` is settled, which waits for the disk too. */
    async during<T>(promise: Promise<T>): Promise<T> {
      let isSettled = false;
      const settled = promise.finally(() => {
        isSettled = true;
      });
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if (isSettled) return settled;
        advance(CHECKED_WITHIN_MS);
      }
    },
  };
}

export function recoveryWorld(clock: Clock = PROCESS_CLOCK, restore = async () => true) {
  const servers = new Servers();
  const told: Told[] = [];
  const errors: string[] = [];
  const asked = { reconciled: 0, dropped: 0, opened: 0 };
  const now = { revision: 0, life: 'a' };
  const owners = { revision: 0, life: 'o' };
  let reconcile = () => {};
  let reconciled = Promise.resolve();
  const recovery = new Recovery({
    server: 's01',
    times: TIMES,
    servers,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: (line) => void errors.push(line) },
    reconciled: () => {
      asked.reconciled += 1;
      return reconciled;
    },
    sight: () => ({ servers: { ...now }, owners: { ...owners } }),
    isStale: () => false,
    session: () => ({ session: 's01-1', standingForMs: () => 1000 }),
    restore,
    onEnded: () => {},
    dropLostDefinitions: () => {
      asked.dropped += 1;
    },
    tell: (event) => void told.push(event),
    clock,
  });
  return {
    recovery,
    servers,
    told,
    errors,
    asked,
    now,
    owners,
    open: () => {
      asked.opened += 1;
    },
    take: (server: string, revision: number, session = `${server}-1`, peers = ['s01-1']) =>
      servers.take({ key: server, revision, text: serverRecordText(recordOf(server, { session, peers })) }, 0),
    /** The bus is away until the returned function is called. */
    busAway: () => {
      reconciled = new Promise((resolve) => {
        reconcile = resolve;
      });
      return () => reconcile();
    },
    [Symbol.dispose]: () => recovery[Symbol.dispose](),
  };
}
