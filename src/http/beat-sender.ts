import { Agent, request } from 'node:http';
import { BEAT_PATH, SIGNATURE_HEADER } from './beat-listener.ts';
import { beatSignature } from './beat-signature.ts';

/** Where a direct beat goes: the session that it is signed for, and where that server listens. */
export interface BeatTarget {
  readonly server: string;
  readonly session: string;
  /** Absent: the server takes no direct beats. */
  readonly beatUrl?: string;
}

export interface BeatSenderOptions {
  readonly clusterKey: string;
  /** A beat that was not taken within this is given up: the next one says more. Well below F. */
  readonly timeoutMs: number;
  /** For people: a server cannot be reached this way, or can again. */
  readonly onRemark: (why: string) => void;
}

interface Outgoing {
  readonly target: BeatTarget;
  readonly text: string;
}

/** Servers that beats are under way to, or could not be brought to. More than a herd has. */
const MAX_SERVERS = 256;
/** Shorter than the listener's: a connection is not used in the moment in which the other side closes it. */
const IDLE_MS = 5000;

/**
 * Sends beats straight to peers: for each server one connection, kept open, one beat under way and behind it only the newest.
 * A server that takes no connection, or takes one and says nothing, costs nobody else anything: each has its own.
 */
export class BeatSender implements Disposable {
  readonly #options: BeatSenderOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1, timeout: IDLE_MS });
  /** For each server with a beat under way what comes next, if anything. */
  readonly #underWay = new Map<string, Outgoing | undefined>();
  readonly #failing = new Set<string>();
  #closed = false;

  constructor(options: BeatSenderOptions) {
    this.#options = options;
  }

  /** Never waits and never throws. */
  send(target: BeatTarget, text: string): void {
    if (this.#closed || target.beatUrl === undefined) return;
    if (this.#underWay.has(target.server)) this.#underWay.set(target.server, { target, text });
    else if (this.#underWay.size < MAX_SERVERS) this.#start({ target, text });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#underWay.clear();
    this.#agent.destroy();
  }

  #start(outgoing: Outgoing): void {
    const { server } = outgoing.target;
    this.#underWay.set(server, undefined);
    void this.#post(outgoing).then((failure) => {
      if (this.#closed) return;
      this.#tell(server, failure);
      const next = this.#underWay.get(server);
      this.#underWay.delete(server);
      if (next !== undefined) this.#start(next);
    });
  }

  /** Resolves to what went wrong, if anything did. */
  #post({ target, text }: Outgoing): Promise<string | undefined> {
    const { clusterKey, timeoutMs } = this.#options;
    return new Promise((resolve) => {
      try {
        const body = Buffer.from(text);
        const sent = request(new URL(BEAT_PATH, target.beatUrl), {
          method: 'POST',
          agent: this.#agent,
          headers: {
            'Content-Type': 'application/json',
            'Content-Length': body.length,
            [SIGNATURE_HEADER]: beatSignature(clusterKey, target.session, text),
          },
        });
        const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
        const end = (failure: string | undefined) => {
          clearTimeout(timer);
          resolve(failure);
        };
        sent.on('error', (error) => end(error.message));
        sent.on('close', () => end('the connection was closed before an answer came'));
        sent.on('response', (response) => {
          // Read to its end, else the connection cannot be used again. The timer runs until then.
          response.on('error', () => {});
          response.on('end', () => end(failureOf(response.statusCode)));
          response.resume();
        });
        sent.end(body);
      } catch (error) {
        // An address that is no URL.
        resolve(error instanceof Error ? error.message : String(error));
      }
    });
  }

  /** Once when it begins and once when it ends. */
  #tell(server: string, failure: string | undefined): void {
    if ((failure !== undefined) === this.#failing.has(server)) return;
    if (failure === undefined) this.#failing.delete(server);
    else if (this.#failing.size < MAX_SERVERS) this.#failing.add(server);
    this.#options.onRemark(
      failure === undefined ? `direct beats reach ${server} again` : `direct beats do not reach ${server}: ${failure}`,
    );
  }
}

function failureOf(status: number | undefined): string | undefined {
  if (status === 204) return undefined;
  if (status === 403)
    return 'it refuses the signature (is cluster_key the same on both, is it still the same session?)';
  return `it answers ${status}`;
}
