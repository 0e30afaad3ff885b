import type { Bus } from '../connection/bus.ts';
import { STATE_PREFIX } from '../connection/subjects.ts';
import { type Multicast, openMulticast } from './multicast.ts';

/** Half of what a NATS server takes by default. A state takes ~100 bytes, so a message carries some thousands of streams. */
export const MAX_GOSSIP_BYTES = 512 * 1024;

/** The states of a server's captures, told to all servers, which show them to all that ask. */
export function openGossip(bus: Bus, server: string, onMessage: (server: string, text: string) => void): Multicast {
  return openMulticast(bus, { prefix: STATE_PREFIX, server, maxBytes: MAX_GOSSIP_BYTES, onMessage });
}
