import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { decodeBeat, MAX_BEAT_CHARACTERS } from '../domain/membership/beat.ts';
import type { Reply } from './beat-sender.ts';
import { beatSignature, isBeatSignature, looksLikeSignature } from './beat-signature.ts';
import { requestBody } from './request-body.ts';
import { Sequences } from './sequences.ts';

export const BEAT_PATH = '/herd/beat';
export const SIGNATURE_HEADER = 'x-streamherd-signature';
/** The session that a beat is to be passed on to, when it is not for the server that takes it. */
export const PASS_TO_HEADER = 'x-streamherd-pass-to';
/** Says that the sender understands an answer with a beat in it. Older versions take only an empty one. */
export const REPLY_HEADER = 'x-streamherd-reply';

/** Names and sessions are ASCII, so a character is a byte. */
const MAX_BODY_BYTES = MAX_BEAT_CHARACTERS;
/** A herd has at most 100 servers with one connection each; some may be half dead. */
const MAX_CONNECTIONS = 512;
const REQUEST_TIMEOUT_MS = 2000;
const KEEP_ALIVE_MS = 10_000;
const MAX_HEADER_BYTES = 4096;
interface Ear {
  readonly listener: (text: string) => void;
  readonly sequences: Sequences;
  /** Its newest beat. */
  said?: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A beat for another server. */
export interface PassedBeat extends Reply {
  /** The session that it is from. */
  readonly from: string;
  /** The session that it is for. */
  readonly to: string;
}

/**
 * Hears direct beats on a port of their own. It lives on the main thread, beside the member that the beats are for: the public
 * port is the media worker's, and what comes there waits behind its viewers.
 *
 * Anybody may connect. So the cheap questions come first, nothing is read that is too long, nothing is parsed whose signature is
 * wrong, and whoever is refused loses the connection.
 */
export class BeatListener implements AsyncDisposable {
  readonly #clusterKey: string;
  readonly #passOn: (beat: PassedBeat) => boolean;
  readonly #server: Server;
  readonly #ears = new Map<string, Ear>();
  /** Of the beats that were passed on. */
  readonly #passed = new Sequences();

  /** `passOn` sends a beat on to the server that it is for; false: it is not known. */
  constructor(clusterKey: string, passOn: (beat: PassedBeat) => boolean) {
    this.#clusterKey = clusterKey;
    this.#passOn = passOn;
    this.#server = createServer(
      {
        headersTimeout: REQUEST_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: REQUEST_TIMEOUT_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
        noDelay: true,
      },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Resolves with the port. Rejects with the system's error when the address cannot be had. */
  listen({ address, port }: { readonly address?: string; readonly port: number }): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, ...(address !== undefined && { host: address }) }, () => {
        this.#server.removeListener('error', reject);
        // No more sockets for now: whoever could not connect comes again with the next beat.
        this.#server.on('error', () => {});
        const bound = this.#server.address();
        resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
      });
    });
  }

  /** `listener` gets the beats that are meant for `session`, well signed and each sender's in the order of their sequences. */
  hear(session: string, listener: (text: string) => void): () => void {
    this.#ears.set(session, { listener, sequences: new Sequences() });
    return () => this.#ears.delete(session);
  }

  /** The newest beat of `session`, for those who bring it one. */
  say(session: string, text: string): void {
    const ear = this.#ears.get(session);
    if (ear !== undefined) ear.said = text;
  }

  /** A beat that came as the answer to one that was sent: as good as one that was brought. */
  take({ signature, text }: Reply): void {
    const ear = this.#earOf(signature, text);
    if (ear !== undefined) hand(ear, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const answer = await this.#answer(request);
    // The peer went away in the middle of its request.
    if (answer === undefined) return;
    const { status, headers, body = '' } = answer;
    const isTaken = status < 300;
    response.writeHead(status, {
      ...headers,
      ...(status !== 204 && { 'Content-Length': Buffer.byteLength(body) }),
      ...(!isTaken && { Connection: 'close' }),
    });
    response.end(body);
  }

  async #answer(request: IncomingMessage): Promise<Answer | undefined> {
    if (request.method !== 'POST' || request.url !== BEAT_PATH) return { status: 404 };
    const signature = String(request.headers[SIGNATURE_HEADER] ?? '');
    if (!looksLikeSignature(signature)) return { status: 403 };
    const body = await requestBody(request, MAX_BODY_BYTES);
    if (body === undefined) return undefined;
    if (body === 'too large') return { status: 413 };
    const text = body.toString();
    const to = request.headers[PASS_TO_HEADER];
    if (typeof to === 'string' && !this.#ears.has(to)) return { status: this.#pass(to, { text, signature }) };
    if (this.#ears.size === 0) return { status: 503 };
    const ear = this.#earOf(signature, text);
    if (ear === undefined) return { status: 403 };
    const { status, from } = hand(ear, text);
    if (status !== 204 || request.headers[REPLY_HEADER] === undefined || ear.said === undefined) return { status };
    const headers = { [SIGNATURE_HEADER]: beatSignature(this.#clusterKey, from, ear.said) };
    return { status: 200, headers, body: ear.said };
  }

  #earOf(signature: string, text: string): Ear | undefined {
    for (const [session, ear] of this.#ears) {
      if (isBeatSignature(signature, this.#clusterKey, session, text)) return ear;
    }
    return undefined;
  }

  /** Only what the key has signed for `to`, and each beat once: a stranger can make this server send nothing. */
  #pass(to: string, { signature, text }: Reply): number {
    if (!isBeatSignature(signature, this.#clusterKey, to, text)) return 403;
    const reading = decodeBeat(text);
    if ('problem' in reading) return 400;
    const { session: from, sequence } = reading.beat;
    if (!this.#passed.take(`${from} ${to}`, sequence)) return 409;
    return this.#passOn({ from, to, text, signature }) ? 202 : 404;
  }
}

/** Gives the beat to the session that it is for, if it is newer than what that has heard. `from`: the session that sent it. */
function hand({ listener, sequences }: Ear, text: string): { readonly status: number; readonly from: string } {
  const reading = decodeBeat(text);
  if ('problem' in reading) return { status: 400, from: '' };
  const { session: from, sequence } = reading.beat;
  if (!sequences.take(from, sequence)) return { status: 409, from };
  listener(text);
  return { status: 204, from };
}
