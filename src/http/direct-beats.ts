import { isIP } from 'node:net';
import { BeatListener, type PassedBeat } from './beat-listener.ts';
import { BeatSender } from './beat-sender.ts';
import { beatSignature } from './beat-signature.ts';

/** Where a direct beat goes: the session that it is signed for, and where that server listens. */
export interface BeatTarget {
  readonly server: string;
  readonly session: string;
  /** Absent: the server takes no direct beats. */
  readonly beatUrl?: string;
  /** Servers that are to pass the beat on to it as well. */
  readonly through?: readonly BeatTarget[];
}

export interface DirectBeatsOptions {
  readonly clusterKey: string;
  /** See `BeatSenderOptions`. */
  readonly timeoutMs: number;
  readonly onRemark: (why: string) => void;
  /** The server of a session that is on the roster, to pass a beat on to it. */
  readonly serverOf: (session: string) => BeatTarget | undefined;
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
  /** `onTaken`: the target itself has taken it. */
  send(target: BeatTarget, text: string, onTaken?: () => void): void;
  /** The newest beat of `session`: what a peer that brings it one is answered with. */
  say(session: string, text: string): void;
  /** @returns what ends the listening. */
  listen(session: string, listener: (text: string) => void): () => void;
}

/** @throws the system's error when the configured address cannot be had. */
export async function openDirectBeats(options: DirectBeatsOptions): Promise<DirectBeats> {
  const { clusterKey, listen, orAnyPort, peerUrl, timeoutMs, onRemark, serverOf } = options;
  const listener = new BeatListener(clusterKey, (beat) => passOn(beat));
  const port = await listener.listen(listen).catch((error: unknown) => {
    if (!orAnyPort) throw error;
    onRemark(
      `port ${listen.port} for direct beats cannot be had, so any is taken: say "beats" to choose one (${error})`,
    );
    return listener.listen({ ...listen, port: 0 });
  });
  const sender = new BeatSender({ timeoutMs, onRemark, onReply: (reply) => listener.take(reply) });
  // Connections of its own: what is done for others never stands before the own beats.
  const passing = new BeatSender({ timeoutMs });
  const passOn = ({ from, to, text, signature }: PassedBeat) => {
    const target = serverOf(to);
    if (target?.beatUrl === undefined) return false;
    passing.send(`${from} to ${to}`, { url: target.beatUrl, text, signature });
    return true;
  };
  return {
    beatUrl: `http://${hostFor(listen.address, peerUrl)}:${port}`,
    send: ({ server, session, beatUrl, through = [] }, text, onTaken) => {
      const signature = beatSignature(clusterKey, session, text);
      if (beatUrl !== undefined) sender.send(server, { url: beatUrl, text, signature }, onTaken);
      for (const third of through) {
        if (third.beatUrl === undefined) continue;
        passing.send(`${session} through ${third.session}`, { url: third.beatUrl, text, signature, passTo: session });
      }
    },
    say: (session, text) => listener.say(session, text),
    listen: (session, hear) => listener.hear(session, hear),
    [Symbol.asyncDispose]: async () => {
      sender[Symbol.dispose]();
      passing[Symbol.dispose]();
      await listener[Symbol.asyncDispose]();
    },
  };
}

/** A listener on one address is reached by that address alone; one on all, by the host of `peerUrl`. */
function hostFor(address: string | undefined, peerUrl: string): string {
  if (address === undefined || /^(?:0\.0\.0\.0|[0:]+)$/.test(address)) return new URL(peerUrl).hostname;
  return isIP(address) === 6 ? `[${address}]` : address;
}
