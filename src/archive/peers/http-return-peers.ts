import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { below } from '../../domain/redirect.ts';
import { clusterSignature } from '../../host/cluster-signature.ts';
import { type DebtList, debtListSchema } from '../debts/debt.ts';
import { type Receipt, type ReceiptAnswer, receiptAnswerSchema } from '../debts/receipt.ts';
import {
  type ByteRange,
  type PackOfStream,
  type ReturnPeer,
  type ReturnPeers,
  SourceGone,
} from '../debts/return-peers.ts';
import { jsonOf } from '../disk/archive-disk.ts';
import { MAX_INDEX_BYTES } from '../pack/pack-index.ts';
import { KnownLists } from './known-lists.ts';
import { debtsTag, RETURN_SIGNATURE_HEADER, type ReturnRequest, returnTarget, signedText } from './return-request.ts';

/** Another server, as a return reaches it. */
export interface ReturnServer extends ReturnPeer {
  readonly session: string;
  readonly peerUrl: string;
}

export interface HttpReturnPeersOptions {
  /** The name of this server. */
  readonly server: string;
  readonly clusterKey: string | undefined;
  /** All others. */
  readonly servers: () => readonly ReturnServer[];
  readonly limits?: Partial<ReturnLimits>;
}

/** Of a server that answers slowly, never, or too much. */
export interface ReturnLimits {
  /** The head of an answer: a disk of the server may have to be read for it. */
  readonly headMs: number;
  /** Between two pieces of an answer. */
  readonly idleMs: number;
  /** A slower answer is given up: so many bytes have to come in a second of waiting. */
  readonly leastBytesASecond: number;
  readonly listBytes: number;
}

const LIMITS: ReturnLimits = {
  headMs: 20_000,
  idleMs: 20_000,
  leastBytesASecond: 16 * 1024,
  listBytes: 16 * 1024 * 1024,
};
const NOT_MODIFIED = 304;
const CONNECTIONS_OF_SERVER = 8;
const MAX_ERROR_BYTES = 4096;
const MAX_WHY = 300;
const NO_KEY = 'servers return recordings by the cluster_key, and there is none';

interface Asking {
  readonly request: ReturnRequest;
  readonly range?: ByteRange;
  /** That of the answer that is known: it need not come again. */
  readonly knownTag?: string | undefined;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** The other servers over HTTP, at their `peer_url`: while NATS is away too. */
export class HttpReturnPeers implements ReturnPeers, Disposable {
  readonly #options: HttpReturnPeersOptions;
  readonly #limits: ReturnLimits;
  readonly #known = new KnownLists();
  readonly #agents = {
    'http:': new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS_OF_SERVER }),
    'https:': new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS_OF_SERVER }),
  };

  constructor(options: HttpReturnPeersOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  readonly servers = (): readonly ReturnPeer[] => this.#options.servers();

  async debts(server: string, cursor: string | undefined, signal: AbortSignal): Promise<DebtList> {
    const request: ReturnRequest = { ask: 'debts', home: this.#options.server, after: cursor };
    const known = this.#known.get(server, cursor);
    const answer = await this.#ask(server, { request, knownTag: known?.tag, signal });
    if (known !== undefined && answer.statusCode === NOT_MODIFIED) {
      answer.resume();
      return known.list;
    }
    const text = await this.#whole(server, answer, this.#limits.listBytes, signal);
    const { etag } = answer.headers;
    // A wrong list that is remembered would be taken for the right one as long as that does not change.
    if (etag !== undefined && etag !== debtsTag(text))
      throw new Error(`the answer of ${server} has changed on its way`);
    const read = debtListSchema.safeParse(jsonOf(text));
    if (!read.success) throw new Error(notUnderstood(server, read.error.issues[0]?.path));
    if (read.data.server !== server) throw new Error(`the address of ${server} leads to ${read.data.server}`);
    this.#known.put(server, cursor, etag, read.data);
    return read.data;
  }

  index(server: string, pack: PackOfStream, signal: AbortSignal): Promise<string> {
    return this.#text(server, { request: { ask: 'index', pack }, signal }, MAX_INDEX_BYTES);
  }

  async *media(
    server: string,
    pack: PackOfStream,
    range: ByteRange,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    const { fromByte, untilByte } = range;
    const wanted = untilByte - fromByte;
    const answer = await this.#ask(server, { request: { ask: 'media', pack }, range, signal });
    let came = 0;
    try {
      const told = answer.headers['content-range'] ?? '';
      if (answer.statusCode !== 206 || !told.startsWith(`bytes ${fromByte}-${untilByte - 1}/`)) {
        throw new Error(`${server} answers with other bytes than were asked for`);
      }
      for await (const piece of this.#pieces(server, answer, signal)) {
        came += piece.length;
        if (came > wanted) throw new Error(`${server} sends more bytes than were asked for`);
        yield piece;
      }
      if (came < wanted) throw new Error(`${server} has sent ${came} of ${wanted} bytes`);
    } finally {
      // What was not read to its end would keep the connection for ever.
      if (came !== wanted) answer.destroy();
    }
  }

  async receipt(server: string, receipt: Receipt, signal: AbortSignal): Promise<ReceiptAnswer> {
    const body = JSON.stringify(receipt);
    const text = await this.#text(server, { request: { ask: 'receipt' }, body, signal }, MAX_ERROR_BYTES);
    const read = receiptAnswerSchema.safeParse(jsonOf(text));
    if (!read.success) throw new Error(notUnderstood(server, read.error.issues[0]?.path));
    return read.data;
  }

  [Symbol.dispose](): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #text(server: string, asking: Asking, maxBytes: number): Promise<string> {
    const answer = await this.#ask(server, asking);
    return this.#whole(server, answer, maxBytes, asking.signal);
  }

  async #whole(server: string, answer: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<string> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const piece of this.#pieces(server, answer, signal)) {
        length += piece.length;
        if (length > maxBytes) throw new Error(`${server} answers more than ${maxBytes} bytes`);
        pieces.push(piece);
      }
    } finally {
      if (!answer.complete) answer.destroy();
    }
    return Buffer.concat(pieces).toString('utf8');
  }

  /** The answer, whose body has not been read. @throws SourceGone; Error: there is none, or another than was wanted */
  async #ask(name: string, asking: Asking): Promise<IncomingMessage> {
    const { clusterKey, servers } = this.#options;
    if (clusterKey === undefined) throw new Error(NO_KEY);
    const server = servers().find((each) => each.name === name);
    if (server === undefined) throw new Error(`there is no server ${name}`);
    const answer = await this.#send(server, clusterKey, asking);
    if (answer.statusCode === 200 || answer.statusCode === 206) return answer;
    if (answer.statusCode === NOT_MODIFIED && asking.knownTag !== undefined) return answer;
    const said = jsonOf(await this.#whole(name, answer, MAX_ERROR_BYTES, asking.signal));
    const why = errorOf(said) ?? `${name} answers ${answer.statusCode}`;
    if (answer.statusCode === 404 && 'pack' in asking.request) throw new SourceGone(why);
    throw new Error(why);
  }

  #send({ name, session, peerUrl }: ReturnServer, clusterKey: string, asking: Asking): Promise<IncomingMessage> {
    const { request, range, knownTag, body = '', signal } = asking;
    signal.throwIfAborted();
    const method = request.ask === 'receipt' ? 'POST' : 'GET';
    const target = returnTarget(request);
    const rangeHeader = range && `bytes=${range.fromByte}-${range.untilByte - 1}`;
    const text = signedText({ method, target, range: rangeHeader, body });
    const url = new URL(below(peerUrl, target));
    const isSecure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const sent = (isSecure ? httpsRequest : httpRequest)(url, {
        method,
        agent: this.#agents[isSecure ? 'https:' : 'http:'],
        signal,
        headers: {
          [RETURN_SIGNATURE_HEADER]: clusterSignature('return', clusterKey, session, text),
          ...(rangeHeader !== undefined && { Range: rangeHeader }),
          ...(knownTag !== undefined && { 'If-None-Match': knownTag }),
          ...(body !== '' && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
        },
      });
      const late = setTimeout(() => sent.destroy(new Error(`${name} has not answered in time`)), this.#limits.headMs);
      sent.on('error', (cause) => {
        clearTimeout(late);
        reject(signal.aborted ? signal.reason : new Error(`${name} cannot be reached: ${cause.message}`, { cause }));
      });
      sent.on('response', (answer) => {
        clearTimeout(late);
        // Later errors come out of the reading of the answer.
        answer.on('error', () => {});
        resolve(answer);
      });
      sent.end(body === '' ? undefined : body);
    });
  }

  /** Only the time counts in which the server is waited for: this side may take the pieces as slowly as it has to. */
  async *#pieces(server: string, answer: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const { idleMs, leastBytesASecond } = this.#limits;
    // A readable stream without an encoding gives Buffers.
    const pieces = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let waitedMs = 0;
    let came = 0;
    for (;;) {
      const beganMs = performance.now();
      const leftMs = Math.min(idleMs, idleMs + (came / leastBytesASecond) * 1000 - waitedMs);
      const late = setTimeout(() => answer.destroy(new Error('it sends nothing any more')), leftMs);
      const next = await pieces
        .next()
        .catch((cause: unknown) => {
          if (signal.aborted) throw signal.reason;
          throw new Error(`${server}: ${cause instanceof Error ? cause.message : cause}`, { cause });
        })
        .finally(() => clearTimeout(late));
      if (next.done) return;
      waitedMs += performance.now() - beganMs;
      came += next.value.length;
      yield next.value;
    }
  }
}

function errorOf(said: unknown): string | undefined {
  if (typeof said !== 'object' || said === null || !('error' in said)) return undefined;
  return typeof said.error === 'string' ? said.error.slice(0, MAX_WHY) : undefined;
}

function notUnderstood(server: string, path: readonly PropertyKey[] = []): string {
  return `the answer of ${server} is not understood: ${path.map(String).join('.') || 'it is no JSON'}`;
}
