import { isIP } from 'node:net';
import { BeatListener } from './beat-listener.ts';
import { BeatSender, type BeatSenderOptions, type BeatTarget } from './beat-sender.ts';

export interface DirectBeatsOptions extends BeatSenderOptions {
  /** As configured; port 0 is any. */
  readonly listen: { readonly address?: string; readonly port: number };
  /** When the port is taken, any other will do: nobody asked for this one. */
  readonly orAnyPort: boolean;
  /** Where other servers reach this one's HTTP: its host is where they reach its beat port too. */
  readonly peerUrl: string;
}

/** The way around the bus: beats straight from server to server. */
export interface DirectBeats extends AsyncDisposable {
  /** Where peers send theirs, for this server's record. */
  readonly beatUrl: string;
  send(target: BeatTarget, text: string): void;
  /** @returns what ends the listening. */
  listen(session: string, listener: (text: string) => void): () => void;
}

/** @throws the system's error when the configured address cannot be had. */
export async function openDirectBeats(options: DirectBeatsOptions): Promise<DirectBeats> {
  const { clusterKey, listen, orAnyPort, peerUrl, onRemark } = options;
  const listener = new BeatListener(clusterKey);
  const port = await listener.listen(listen).catch((error: unknown) => {
    if (!orAnyPort) throw error;
    onRemark(
      `port ${listen.port} for direct beats cannot be had, so any is taken: say "beats" to choose one (${error})`,
    );
    return listener.listen({ ...listen, port: 0 });
  });
  const sender = new BeatSender(options);
  return {
    beatUrl: `http://${hostFor(listen.address, peerUrl)}:${port}`,
    send: (target, text) => sender.send(target, text),
    listen: (session, hear) => listener.hear(session, hear),
    [Symbol.asyncDispose]: async () => {
      sender[Symbol.dispose]();
      await listener[Symbol.asyncDispose]();
    },
  };
}

/** A listener on one address is reached by that address alone; one on all, by the host of `peerUrl`. */
function hostFor(address: string | undefined, peerUrl: string): string {
  if (address === undefined || /^(?:0\.0\.0\.0|[0:]+)$/.test(address)) return new URL(peerUrl).hostname;
  return isIP(address) === 6 ? `[${address}]` : address;
}
