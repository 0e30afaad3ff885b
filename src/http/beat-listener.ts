import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { decodeBeat, MAX_BEAT_CHARACTERS } from '../domain/membership/beat.ts';
import { isBeatSignature, looksLikeSignature } from './beat-signature.ts';
import { requestBody } from './request-body.ts';

export const BEAT_PATH = '/herd/beat';
export const SIGNATURE_HEADER = 'x-streamherd-signature';

/** Names and sessions are ASCII, so a character is a byte. */
const MAX_BODY_BYTES = MAX_BEAT_CHARACTERS;
/** A herd has at most 100 servers with one connection each; some may be half dead. */
const MAX_CONNECTIONS = 512;
const REQUEST_TIMEOUT_MS = 2000;
const KEEP_ALIVE_MS = 10_000;
const MAX_HEADER_BYTES = 4096;
/** Sessions whose last sequence is remembered for each session that listens. */
const MAX_SENDERS = 512;

interface Ear {
  readonly listener: (text: string) => void;
  /** For each sending session its last sequence: only a later one is taken. */
  readonly sequences: Map<string, number>;
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
  readonly #server: Server;
  readonly #ears = new Map<string, Ear>();

  constructor(clusterKey: string) {
    this.#clusterKey = clusterKey;
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
    this.#ears.set(session, { listener, sequences: new Map() });
    return () => this.#ears.delete(session);
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
    const status = await this.#take(request);
    // The peer went away in the middle of its request.
    if (status === undefined) return;
    response.writeHead(status, status === 204 ? {} : { Connection: 'close', 'Content-Length': 0 });
    response.end();
  }

  async #take(request: IncomingMessage): Promise<number | undefined> {
    if (request.method !== 'POST' || request.url !== BEAT_PATH) return 404;
    const signature = String(request.headers[SIGNATURE_HEADER] ?? '');
    if (!looksLikeSignature(signature)) return 403;
    const body = await requestBody(request, MAX_BODY_BYTES);
    if (body === undefined || body === 'too large') return body && 413;
    const text = body.toString();
    if (this.#ears.size === 0) return 503;
    for (const [session, ear] of this.#ears) {
      if (isBeatSignature(signature, this.#clusterKey, session, text)) return hand(ear, text);
    }
    return 403;
  }
}

function hand({ listener, sequences }: Ear, text: string): number {
  const reading = decodeBeat(text);
  if ('problem' in reading) return 400;
  const { session, sequence } = reading.beat;
  if (sequence <= (sequences.get(session) ?? 0)) return 409;
  // Set anew at its end: the one that was silent longest is forgotten first.
  sequences.delete(session);
  sequences.set(session, sequence);
  if (sequences.size > MAX_SENDERS) {
    for (const oldest of sequences.keys()) {
      sequences.delete(oldest);
      break;
    }
  }
  listener(text);
  return 204;
}
