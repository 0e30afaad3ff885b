import { Agent, type IncomingMessage, request } from 'node:http';
import { MAX_BEAT_CHARACTERS } from '../../domain/beats/beat.ts';
import { requestBody } from '../request-body.ts';
import { BEAT_PATH, PASS_TO_HEADER, REPLY_HEADER, SIGNATURE_HEADER } from './beat-listener.ts';
import type { SignedBeat } from './ears.ts';

/** A beat on its way over one connection. */
export interface Letter extends SignedBeat {
  /** Where the server that takes it listens. */
  readonly url: string;
  /** The session that it is to be passed on to. Absent: it is for the server that takes it. */
  readonly passTo?: string;
}

export interface BeatSenderOptions {
  /** A beat that was not taken within this is given up: the next one says more. Well below F. */
  readonly timeoutMs: number;
  /** For people: a server cannot be reached this way, or can again. */
  readonly onRemark?: (why: string) => void;
  /** Gets the beat in a server's answer, not checked yet. Absent: no beat is asked for. */
  readonly onReply?: (beat: SignedBeat) => void;
}

interface Outgoing {
  readonly letter: Letter;
  readonly onTaken?: (() => void) | undefined;
}

/** Lanes with a beat under way, and servers that could not be reached. More than a herd has servers. */
const MAX_LANES = 256;
/** Shorter than the listener's, so that a connection is not used at the moment when the other side closes it. */
const IDLE_MS = 5000;

/**
 * Sends beats to other servers. Beats of one lane keep their order: one beat is under way, and only the newest one waits
 * behind it. For each server one connection is kept open. A server that takes no connection, or takes one and does not answer,
 * does not delay the others, because each has its own connection.
 */
export class BeatSender implements Disposable {
  readonly #options: BeatSenderOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1, timeout: IDLE_MS });
  /** For each lane with a beat under way what comes next, if anything. */
  readonly #underWay = new Map<string, Outgoing | undefined>();
  readonly #failing = new Set<string>();
  #closed = false;

  constructor(options: BeatSenderOptions) {
    this.#options = options;
  }

  /** Never waits and never throws. `lane`: the name of the server, in remarks too. */
  send(lane: string, letter: Letter, onTaken?: () => void): void {
    if (this.#closed) return;
    if (this.#underWay.has(lane)) this.#underWay.set(lane, { letter, onTaken });
    else if (this.#underWay.size < MAX_LANES) this.#start(lane, { letter, onTaken });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#underWay.clear();
    this.#agent.destroy();
  }

  #start(lane: string, { letter, onTaken }: Outgoing): void {
    this.#underWay.set(lane, undefined);
    void this.#post(letter).then((failure) => {
      if (this.#closed) return;
      this.#tell(lane, failure);
      if (failure === undefined) onTaken?.();
      const next = this.#underWay.get(lane);
      this.#underWay.delete(lane);
      if (next !== undefined) this.#start(lane, next);
    });
  }

  /** Resolves to what went wrong, if anything did. */
  #post({ url, text, signature, passTo }: Letter): Promise<string | undefined> {
    const { timeoutMs, onReply } = this.#options;
    return new Promise((resolve) => {
      try {
        const body = Buffer.from(text);
        const sent = request(new URL(BEAT_PATH, url), {
          method: 'POST',
          agent: this.#agent,
          headers: {
            'Content-Type': 'application/json',
            'Content-Length': body.length,
            [SIGNATURE_HEADER]: signature,
            ...(passTo !== undefined && { [PASS_TO_HEADER]: passTo }),
            ...(onReply !== undefined && { [REPLY_HEADER]: 'beat' }),
          },
        });
        const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
        const end = (failure: string | undefined) => {
          clearTimeout(timer);
          resolve(failure);
        };
        sent.on('error', (error) => end(error.message));
        const onClose = () => end('the connection was closed before an answer came');
        sent.on('close', onClose);
        sent.on('response', (response) => {
          sent.off('close', onClose);
          void this.#read(response).then(end);
        });
        sent.end(body);
      } catch (error) {
        // An address that is no URL.
        resolve(error instanceof Error ? error.message : String(error));
      }
    });
  }

  /** To its end, else the connection cannot be used again. The timer of the request runs until then. */
  async #read(response: IncomingMessage): Promise<string | undefined> {
    const body = await requestBody(response, MAX_BEAT_CHARACTERS);
    if (body === undefined) return 'the connection was closed in the middle of an answer';
    if (body === 'too large') {
      response.destroy();
      return `it answers more than ${MAX_BEAT_CHARACTERS} bytes`;
    }
    if (response.statusCode === 200) {
      const signature = String(response.headers[SIGNATURE_HEADER] ?? '');
      this.#options.onReply?.({ text: body.toString(), signature });
    }
    return failureOf(response.statusCode);
  }

  /** Once when it begins and once when it ends. */
  #tell(server: string, failure: string | undefined): void {
    if ((failure !== undefined) === this.#failing.has(server)) return;
    if (failure === undefined) this.#failing.delete(server);
    else if (this.#failing.size < MAX_LANES) this.#failing.add(server);
    this.#options.onRemark?.(
      failure === undefined ? `direct beats reach ${server} again` : `direct beats do not reach ${server}: ${failure}`,
    );
  }
}

function failureOf(status: number | undefined): string | undefined {
  if (status === 200 || status === 202 || status === 204) return undefined;
  if (status === 403)
    return 'it refuses the signature (is cluster_key the same on both, is it still the same session?)';
  return `it answers ${status}`;
}
