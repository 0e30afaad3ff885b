import type { BeatsOverBus } from '../../actors/session-ports.ts';
import type { Bus } from '../../nats/connection/bus.ts';
import { openBeats } from '../../nats/services/multicast.ts';

/** The beats of the herd over the bus, for one session of `server` after the other. */
export function beatsOverBus(bus: Bus, server: string): BeatsOverBus {
  const listeners = new Set<(text: string) => void>();
  const beats = openBeats(bus, {
    server,
    onBeat: (text) => {
      for (const listener of listeners) listener(text);
    },
  });
  return {
    send: (text) => void beats.send(text),
    get connected() {
      return bus.connected;
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
