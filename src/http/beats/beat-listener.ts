import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { MAX_BEAT_CHARACTERS } from '../../domain/beats/beat.ts';
import { clusterSignature, isClusterSignature, looksLikeSignature } from '../../host/cluster-signature.ts';
import { strangersSockets } from '../../host/disk/open-files.ts';
import { requestBody } from '../request-body.ts';
import { BeatConnections } from './beat-connections.ts';
import { Ears, type ReadBeat, readBeat, Sequences, type SignedBeat } from './ears.ts';
import { type AnswererSettings, answerCheck, CHECK_PATH, MAX_QUESTION_BYTES } from './peer-answer.ts';

export const BEAT_PATH = '/herd/beat';
export const SIGNATURE_HEADER = 'x-streamherd-signature';
/** The session that a beat is to be passed on to, when it is not for the server that takes it. */
export const PASS_TO_HEADER = 'x-streamherd-pass-to';
/** Says that the sender understands an answer with a beat in it. Older versions take only an empty one. */
export const REPLY_HEADER = 'x-streamherd-reply';

/** Names and sessions are ASCII, so a character is a byte. */
const MAX_BODY_BYTES = MAX_BEAT_CHARACTERS;
const REQUEST_TIMEOUT_MS = 2000;
const KEEP_ALIVE_MS = 10_000;
const MAX_HEADER_BYTES = 4096;

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A beat for another server. */
export type PassedBeat = SignedBeat & Pick<ReadBeat, 'from' | 'to'>;

export interface BeatListenerOptions extends AnswererSettings {
  /** Well signed, and newer than all that were taken of its sender. */
  readonly onBeat: (beat: ReadBeat) => void;
  /** Sends a beat on to the server that it is for; false: it is not known. */
  readonly passOn: (beat: PassedBeat) => boolean;
}

/**
 * Hears direct beats on a port of their own, on the beat worker's thread: the public port belongs to the media worker, where beats
 * would wait behind its viewers.
 *
 * Any host may connect. So the cheap questions come first, nothing is read that is too long, nothing is parsed whose signature is
 * wrong, and a client that is refused loses the connection.
 */
export class BeatListener implements AsyncDisposable {
  readonly ears: Ears;
  readonly #options: BeatListenerOptions;
  readonly #server: Server;
  readonly #connections = new BeatConnections(strangersSockets().beats);
  /** The newest beat of each session here. */
  readonly #said = new Map<string, string>();
  /** Of the beats that were passed on. */
  readonly #passed = new Sequences();

  constructor(options: BeatListenerOptions) {
    this.ears = new Ears(options.clusterKey);
    this.#options = options;
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
    this.#server.on('connection', (socket) => this.#connections.take(socket));
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Resolves with the port. Rejects with the system's error when the address cannot be had. */
  listen({ address, port }: { readonly address?: string; readonly port: number }): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, ...(address !== undefined && { host: address }) }, () => {
        this.#server.removeListener('error', reject);
        // No more sockets for now: a peer that could not connect tries again with the next beat.
        this.#server.on('error', () => {});
        const bound = this.#server.address();
        resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
      });
    });
  }

  /** The newest beat of `session`, for the answers to those that bring it one. */
  say(session: string, text: string): void {
    this.#said.set(session, text);
  }

  close(session: string): void {
    this.ears.close(session);
    this.#said.delete(session);
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
    if (isTaken) this.#connections.prove(request.socket);
    response.writeHead(status, {
      ...headers,
      ...(status !== 204 && { 'Content-Length': Buffer.byteLength(body) }),
      ...(!isTaken && { Connection: 'close' }),
    });
    response.end(body);
  }

  async #answer(request: IncomingMessage): Promise<Answer | undefined> {
    const isCheck = request.url === CHECK_PATH;
    if (request.method !== 'POST' || (request.url !== BEAT_PATH && !isCheck)) return { status: 404 };
    const signature = String(request.headers[SIGNATURE_HEADER] ?? '');
    if (!looksLikeSignature(signature)) return { status: 403 };
    const body = await requestBody(request, isCheck ? MAX_QUESTION_BYTES : MAX_BODY_BYTES);
    if (body === undefined) return undefined;
    if (body === 'too large') return { status: 413 };
    const text = body.toString();
    if (isCheck) return this.#check({ text, signature });
    const to = request.headers[PASS_TO_HEADER];
    if (typeof to === 'string' && !this.ears.has(to)) return { status: this.#pass(to, { text, signature }) };
    if (this.ears.isEmpty) return { status: 503 };
    const beat = this.ears.read({ text, signature });
    if (beat === 'not signed for a session here') return { status: 403 };
    if (beat === 'no beat') return { status: 400 };
    if (!this.ears.hear(beat)) return { status: 409 };
    this.#options.onBeat(beat);
    return request.headers[REPLY_HEADER] === undefined ? { status: 204 } : this.#reply(beat);
  }

  #check(question: SignedBeat): Answer {
    const { status, ...answer } = answerCheck(question, this.ears.sessions, this.#options, Date.now());
    if (answer.signature === undefined) return { status };
    return { status, headers: { [SIGNATURE_HEADER]: answer.signature }, body: answer.body ?? '' };
  }

  /** With the newest beat of the session that has heard one. */
  #reply({ from, to }: ReadBeat): Answer {
    const said = this.#said.get(to);
    if (said === undefined) return { status: 204 };
    const headers = { [SIGNATURE_HEADER]: clusterSignature('beat', this.#options.clusterKey, from, said) };
    return { status: 200, headers, body: said };
  }

  /** Passes on only beats that the key has signed for `to`, each once: so a stranger cannot make this server send anything. */
  #pass(to: string, { signature, text }: SignedBeat): number {
    const { clusterKey, passOn } = this.#options;
    if (!isClusterSignature(signature, 'beat', clusterKey, to, text)) return 403;
    const beat = readBeat(to, text);
    if (beat === 'no beat') return 400;
    const { from, sequence } = beat;
    if (!this.#passed.take(`${from} ${to}`, sequence)) return 409;
    return passOn({ from, to, text, signature }) ? 202 : 404;
  }
}
