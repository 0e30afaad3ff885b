import { isIP } from 'node:net';
import { clusterSignature } from '../../host/cluster-signature.ts';
import { BeatHost } from './beat-host.ts';
import { BeatSender } from './beat-sender.ts';
import { Ears, type ReadBeat, type SignedBeat } from './ears.ts';
import type { AnswererSettings } from './peer-answer.ts';

/** Where a direct beat goes: the session that it is signed for, and where that server listens. */
export interface BeatTarget {
  readonly server: string;
  readonly session: string;
  /** Absent: the server takes no direct beats. */
  readonly beatUrl?: string;
  /** Servers that are to pass the beat on to it as well. */
  readonly through?: readonly BeatTarget[];
}

export interface DirectBeatsOptions extends AnswererSettings {
  /** See `BeatSenderOptions`. */
  readonly timeoutMs: number;
  readonly onRemark: (why: string) => void;
  /** As configured; port 0 is any. */
  readonly listen: { readonly address?: string; readonly port: number };
  /** When the port is taken, any other will do: the configuration names none. */
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
  /** The peers on the roster: beats of others may be passed on to these. */
  setPeers(peers: readonly Pick<BeatTarget, 'session' | 'beatUrl'>[]): void;
}

/** @throws Error with the system's message when the configured address cannot be had. */
export async function openDirectBeats(options: DirectBeatsOptions): Promise<DirectBeats> {
  const { listen, peerUrl } = options;
  const hearing = new DirectHearing(options.clusterKey);
  const host = await openHost(options, hearing);
  const sending = new DirectSending(options, (beat) => hearing.answered(beat));
  return {
    beatUrl: `http://${hostFor(listen.address, peerUrl)}:${host.port}`,
    send: (target, text, onTaken) => sending.send(target, text, onTaken),
    say: (session, text) => host.say(session, text),
    listen: (session, listener) => {
      host.open(session);
      const end = hearing.listen(session, listener);
      return () => {
        end();
        host.close(session);
      };
    },
    setPeers: (peers) => {
      host.peers = new Map(
        peers.flatMap(({ session, beatUrl }) => (beatUrl === undefined ? [] : [[session, beatUrl]])),
      );
    },
    [Symbol.asyncDispose]: async () => {
      sending[Symbol.dispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

async function openHost(options: DirectBeatsOptions, hearing: DirectHearing): Promise<BeatHost> {
  const { server, facts, clusterKey, timeoutMs, listen, orAnyPort, onRemark } = options;
  const onBeat = (beat: ReadBeat) => hearing.heard(beat);
  const common = { server, facts, clusterKey, timeoutMs, onBeat, onCrash: onRemark };
  try {
    return await BeatHost.open({ ...common, ...listen });
  } catch (error) {
    if (!orAnyPort) throw error;
    onRemark(
      `port ${listen.port} for direct beats is not available, so another one is used: choose one with "beats" (${error})`,
    );
    return BeatHost.open({ ...common, ...listen, port: 0 });
  }
}

/**
 * Where beats arrive, over the port and in answers to sent beats. The port's worker refuses old beats by what it
 * remembers. Here they are refused again, because that memory is lost with the worker and does not know the answers.
 */
class DirectHearing {
  readonly #ears: Ears;
  readonly #listeners = new Map<string, (text: string) => void>();

  constructor(clusterKey: string) {
    this.#ears = new Ears(clusterKey);
  }

  listen(session: string, listener: (text: string) => void): () => void {
    this.#ears.open(session);
    this.#listeners.set(session, listener);
    return () => {
      this.#ears.close(session);
      this.#listeners.delete(session);
    };
  }

  /** The signature has been looked at. */
  heard(beat: ReadBeat): void {
    if (this.#ears.hear(beat)) this.#listeners.get(beat.to)?.(beat.text);
  }

  /** A beat in an answer counts like one that came over the port, and a flood of the port does not delay it. */
  answered(signed: SignedBeat): void {
    const beat = this.#ears.read(signed);
    if (typeof beat !== 'string') this.heard(beat);
  }
}

/** This server's own beats leave from the control thread, so nothing that comes in by the port stands before them. */
class DirectSending implements Disposable {
  readonly #clusterKey: string;
  readonly #straight: BeatSender;
  /** Connections of its own, so that beats that are passed on never delay direct beats. */
  readonly #through: BeatSender;

  constructor({ clusterKey, timeoutMs, onRemark }: DirectBeatsOptions, onReply: (beat: SignedBeat) => void) {
    this.#clusterKey = clusterKey;
    this.#straight = new BeatSender({ timeoutMs, onRemark, onReply });
    this.#through = new BeatSender({ timeoutMs });
  }

  send({ server, session, beatUrl, through = [] }: BeatTarget, text: string, onTaken?: () => void): void {
    const signature = clusterSignature('beat', this.#clusterKey, session, text);
    if (beatUrl !== undefined) this.#straight.send(server, { url: beatUrl, text, signature }, onTaken);
    for (const third of through) {
      if (third.beatUrl === undefined) continue;
      const lane = `${session} through ${third.session}`;
      this.#through.send(lane, { url: third.beatUrl, text, signature, passTo: session });
    }
  }

  [Symbol.dispose](): void {
    this.#straight[Symbol.dispose]();
    this.#through[Symbol.dispose]();
  }
}

/** A listener on one address is reached only there; a listener on all addresses is reached at the host of `peerUrl`. */
function hostFor(address: string | undefined, peerUrl: string): string {
  if (address === undefined || /^(?:0\.0\.0\.0|[0:]+)$/.test(address)) return new URL(peerUrl).hostname;
  return isIP(address) === 6 ? `[${address}]` : address;
}
