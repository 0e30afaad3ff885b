import type { Bus } from '../connection/bus.ts';
import { serverKey, serverOfKey } from '../connection/subjects.ts';

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
