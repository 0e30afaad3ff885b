import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { codeOf } from '../../domain/system-error.ts';
import type { TlsCertificate } from '../../host/tls-certificate.ts';
import { plainAddress } from '../client-address.ts';
import { answerFmp4, type Fmp4Parts, isFmp4 } from '../fmp4/fmp4-answers.ts';
import { answerLowLatency, isLowLatency, type LowLatencyParts } from '../low-latency/low-latency-answers.ts';
import { answerMedia, type MediaParts } from '../media/media-answers.ts';
import { HERD_TOKEN_HEADER, type PlayRefusal, tokenOf } from '../play/play-access.ts';
import { allow, answerJson, redirect, refuse, reply } from '../reply.ts';
import type { SignedReturns } from '../returns/signed-returns.ts';
import { type Decision, isPlayed, route } from '../route.ts';
import { parseTarget } from '../target.ts';
import type { ApiBridge } from './api-bridge.ts';
import { type Health, SERVER_HEADER } from './health.ts';
import type { MediaAccess } from './media-messages.ts';
import { staticFile } from './static-files.ts';
import { Unanswered } from './unanswered.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** If no byte passes in either direction for so long, the client has gone or does not read. Every stream of the server sends more often. */
const IDLE_MS = 120_000;
/** Longer than the time between two polls of a player, so that it keeps its connection. */
const KEEP_ALIVE_MS = 20_000;

export interface ListenerParts extends MediaParts {
  readonly low: LowLatencyParts['low'] & Fmp4Parts['low'];
  readonly fmp4: Fmp4Parts['fmp4'];
  readonly bridge: ApiBridge;
  readonly health: Health;
  readonly returns: SignedReturns;
}

const OPTIONS = {
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  noDelay: true,
} as const;

export interface ListenAt {
  /** 0: any free port. */
  readonly port: number;
  /** Absent: every address. */
  readonly address?: string | undefined;
}

/** The public HTTP server: a thin shell that performs what `route` decides. */
export class MediaListener {
  readonly #parts: ListenerParts;
  readonly #server: Server;
  #tlsServer: TlsServer | undefined;
  readonly #unanswered = new Unanswered();
  /** The dashboard is for users only. */
  #viewAuth: boolean;
  requests = 0;
  redirects = 0;
  inFlight = 0;

  constructor(parts: ListenerParts, viewAuth: boolean) {
    this.#parts = parts;
    this.#viewAuth = viewAuth;
    this.#server = this.#bounded(createServer(OPTIONS, this.#onRequest));
  }

  setAccess({ viewAuth, play }: Pick<MediaAccess, 'viewAuth' | 'play'>): void {
    this.#viewAuth = viewAuth;
    this.#parts.play.rules = play;
  }

  /** Resolves with the port. Rejects with the system's error when the address cannot be had. */
  listen(at: ListenAt): Promise<number> {
    return listening(this.#server, at);
  }

  /** The same over TLS. Until `useCertificate` no client gets further than the handshake. */
  listenSecurely(at: ListenAt): Promise<number> {
    const options = { ...OPTIONS, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
    this.#tlsServer = this.#bounded(createTlsServer(options, this.#onRequest));
    return listening(this.#tlsServer, at);
  }

  /** For connections from now on. */
  useCertificate({ cert, key }: TlsCertificate): void {
    this.#tlsServer?.setSecureContext({ cert, key });
  }

  async close(): Promise<void> {
    await Promise.all([this.#server, this.#tlsServer].flatMap((server) => (server ? closed(server) : [])));
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response);

  #bounded<Listener extends Server | TlsServer>(server: Listener): Listener {
    server.timeout = IDLE_MS;
    server.maxConnections = this.#parts.clients.connections.all;
    server.on('connection', (socket: Socket) => this.#connected(socket));
    server.on('clientError', (error: Error, socket: Socket) => {
      const code = codeOf(error);
      // After a handshake that failed there is no way to answer. A connection on which nothing was asked gets no answer either: a client
      // that asks at that moment would take it for its own.
      const isUnderstood = socket.writable && socket.bytesRead > 0 && !/^ERR_(SSL|TLS)/.test(code);
      if (isUnderstood) socket.end(unreadable(code));
      else socket.destroy();
    });
    return server;
  }

  /** A client that opens more connections than its share loses the surplus at once, without an answer. */
  #connected(socket: Socket): void {
    const { clients } = this.#parts;
    const address = plainAddress(socket.remoteAddress ?? '');
    const release = clients.take('connections', address, !clients.isProxy(address));
    if (release === undefined) socket.destroy();
    else socket.on('close', release);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    this.inFlight += 1;
    this.#unanswered.add(response);
    response.on('close', () => {
      this.inFlight -= 1;
    });
    // A client that goes away in the middle of an answer needs no handling here; `close` follows.
    response.on('error', () => {});
    const release = this.#parts.clients.take('requests', this.#parts.clients.of(request));
    if (release === undefined) {
      refuse(response, 503, 'this server answers as many requests as it can: ask again');
      return;
    }
    response.on('close', release);
    try {
      await this.#answer(request, response);
    } catch (error) {
      this.#parts.context.remark(
        `a request failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
      );
      refuse(response, 500, 'the request failed; the log of the server says why');
    }
  }

  /** Requests over the socket of this host: the API, and what the command line exports. */
  readonly answerLocal = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on('error', () => {});
    const parsed = parseTarget(request.url ?? '/');
    const decision = parsed.ok
      ? route({ method: request.method ?? 'GET', ...parsed.target }, this.#parts.streams)
      : undefined;
    if (decision?.act === 'bridge') await this.#parts.bridge.carry(request, response, { isLocal: true });
    else if (decision?.act === 'playback') await this.#parts.playback(request, response);
    else if (decision?.act === 'health') this.#answerHealth(decision.of, response, 'why');
    else refuse(response, 404, 'this socket serves only the API, recordings, health and metrics');
  };

  /** `undefined`: it is nothing that viewers need a right for, or they have it. */
  async #refusalOf(decision: Decision, request: IncomingMessage): Promise<PlayRefusal | undefined> {
    const { play, clients } = this.#parts;
    if (!isPlayed(decision)) return undefined;
    const isOfAll = decision.stream === undefined;
    // The server that a redirect names looks itself. The names of all streams are seen only by those that may see the API.
    if (!play.isOn && !(isOfAll && this.#viewAuth)) return undefined;
    return play.refusalOf({
      stream: decision.stream,
      isForServers: isOfAll || decision.act.endsWith('peer-poll'),
      address: clients.of(request),
      token: tokenOf(request),
      herdToken: request.headers[HERD_TOKEN_HEADER]?.toString(),
      agent: request.headers['user-agent'],
    });
  }

  #answerHealth(of: 'livez' | 'readyz', response: ServerResponse, told: 'yes or no' | 'why'): void {
    const { status, body } = this.#parts.health.answer(of);
    // The reason is left out: it may name addresses of NATS and of other servers.
    const isWell = { [of === 'livez' ? 'live' : 'ready']: status === 200 };
    answerJson(response, status, told === 'why' ? body : isWell, { [SERVER_HEADER]: this.#parts.streams.self });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parsed = parseTarget(request.url ?? '/');
    if (!parsed.ok) {
      refuse(response, 400, `bad request target: ${parsed.problem}`);
      return;
    }
    await this.#perform(
      route({ method: request.method ?? 'GET', ...parsed.target }, this.#parts.streams),
      request,
      response,
    );
  }

  async #perform(decision: Decision, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = await this.#refusalOf(decision, request);
    // A viewer that has left meanwhile: no `close` would give back what its answer takes.
    if (response.destroyed) return;
    if (refusal !== undefined) refuse(response, refusal.status, refusal.why);
    else if (decision.act === 'refuse') refuse(response, decision.status, decision.why);
    else if (decision.act === 'preflight') allow(response);
    else if (decision.act === 'health') {
      this.#answerHealth(decision.of, response, this.#viewAuth ? 'yes or no' : 'why');
    } else if (decision.act === 'bridge') await this.#parts.bridge.carry(request, response);
    else if (decision.act === 'playback') await this.#parts.playback(request, response);
    else if (decision.act === 'return') await this.#parts.returns.answer(request, response);
    else if (decision.act === 'static' && decision.name === 'index.html' && this.#viewAuth) {
      await this.#parts.bridge.carry(request, response);
    } else if (decision.act === 'static') {
      const file = staticFile(decision.name);
      if (file) reply(response, file, file.headers);
      else refuse(response, 404, `${decision.name} is not installed`);
    } else if (decision.act === 'redirect') {
      this.redirects += 1;
      redirect(response, decision.location);
    } else if (isLowLatency(decision)) await answerLowLatency(decision, request, response, this.#parts);
    else if (isFmp4(decision)) await answerFmp4(decision, request, response, this.#parts);
    else await answerMedia(decision, request, response, this.#parts);
  }
}

function listening(server: Server | TlsServer, { port, address }: ListenAt): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(address !== undefined && { host: address }) }, () => {
      // An IP address, as it was listened on a port.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closed(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** @param code of the error that Node gives. */
function unreadable(code: string): string {
  const isLate = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const [status, why] = isLate
    ? ['408 Request Timeout', 'the request did not come in time']
    : ['400 Bad Request', `expected a request in HTTP/1.1 (${code})`];
  const body = `${why}\n`;
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
