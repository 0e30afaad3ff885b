import type { Bus } from '../connection/bus.ts';
import { BEAT_PREFIX, STATE_PREFIX, serverKey, serverOfKey } from '../connection/subjects.ts';

/** What became of a message: `away`: there is no connection; `too-large`: refused, because no server would take it. */
export type SendOutcome = 'sent' | 'away' | 'too-large';

/**
 * Small messages from every server to every server on core NATS: no store, no acknowledgement, the sender hears its own.
 * Nothing is kept while the bus is away, because what is said here is true for a moment only.
 */
export interface Multicast {
  send(payload: string): SendOutcome;
  close(): void;
}

export interface MulticastOptions {
  /** `herd.beat.`; the key of the sending server follows. */
  readonly prefix: string;
  readonly server: string;
  readonly maxBytes: number;
  readonly onMessage: (server: string, text: string) => void;
}

export function openMulticast(bus: Bus, { prefix, server, maxBytes, onMessage }: MulticastOptions): Multicast {
  const listening = bus.listen(`${prefix}>`, (message) => {
    if (message.data.length > maxBytes) return;
    onMessage(serverOfKey(message.subject.slice(prefix.length)), message.string());
  });
  const subject = prefix + serverKey(server);
  return {
    send: (payload) => {
      if (Buffer.byteLength(payload) > maxBytes) return 'too-large';
      return bus.publish(subject, payload) ? 'sent' : 'away';
    },
    close: () => listening.close(),
  };
}

/** A beat names every session of the herd: of a hundred servers it has ~10 KB. */
export const MAX_BEAT_BYTES = 64 * 1024;

export interface BeatsOptions {
  /** This server's name. */
  readonly server: string;
  /** Own beats come back too, which proves that this server can hear. `server`: the sender by the subject. */
  readonly onBeat: (payload: string, server: string) => void;
}

/** The beats of the membership protocol. The listener checks their text and their sender. */
export function openBeats(bus: Bus, { server, onBeat }: BeatsOptions): Multicast {
  return openMulticast(bus, {
    prefix: BEAT_PREFIX,
    server,
    maxBytes: MAX_BEAT_BYTES,
    onMessage: (from, text) => onBeat(text, from),
  });
}

/** Half of what a NATS server takes by default. A state takes ~100 bytes, so a message carries some thousands of streams. */
export const MAX_GOSSIP_BYTES = 512 * 1024;

/** The states of a server's captures, told to all servers, which show them to all that ask. */
export function openGossip(bus: Bus, server: string, onMessage: (server: string, text: string) => void): Multicast {
  return openMulticast(bus, { prefix: STATE_PREFIX, server, maxBytes: MAX_GOSSIP_BYTES, onMessage });
}
