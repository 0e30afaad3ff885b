import type { TestHerd } from './test-herd.ts';

const BEATS = 'herd.beat.>';

/** The times between two beats of each server, as a client of NATS hears them. In milliseconds. */
export function beatGaps(herd: TestHerd): Disposable & { readonly of: ReadonlyMap<string, readonly number[]> } {
  const gaps = new Map<string, number[]>(herd.servers.map(({ name }) => [name, []]));
  const lastMs = new Map<string, number>();
  const hearing = herd.bus.connection.subscribe(BEATS, {
    callback: (_error, { subject }) => {
      const server = subject.split('.').at(-1) ?? '';
      const nowMs = performance.now();
      const last = lastMs.get(server);
      if (last !== undefined) gaps.get(server)?.push(nowMs - last);
      lastMs.set(server, nowMs);
    },
  });
  return { of: gaps, [Symbol.dispose]: () => hearing.unsubscribe() };
}
