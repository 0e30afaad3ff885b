import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ArchiveClient, ArchiveUnavailable } from '../../archive/archive-client.ts';
import type { DebtList } from '../../archive/debts/debt.ts';
import { receiptSchema } from '../../archive/debts/receipt.ts';
import type { PackOfStream } from '../../archive/debts/return-peers.ts';
import { jsonOf } from '../../archive/disk/archive-disk.ts';
import {
  debtsTag,
  MAX_RETURN_BODY_BYTES,
  parseReturnTarget,
  RETURN_SIGNATURE_HEADER,
  type ReturnRequest,
  signedText,
} from '../../archive/peers/return-request.ts';
import type { Gate } from '../../domain/gate.ts';
import { isClusterSignature, looksLikeSignature } from '../../host/cluster-signature.ts';
import { returnsOfRoot } from '../../media/disk-places.ts';
import type { Clients } from '../clients.ts';
import { answerJson, answerJsonText, CACHING, CONTENT_TYPES, parseRange, refuse } from '../reply.ts';
import { requestBody } from '../request-body.ts';
import { parseTarget } from '../target.ts';
import { sendFile } from './sent-file.ts';

export interface SignedReturnsOptions {
  readonly clusterKey: string | undefined;
  /** Of this server; `undefined`: it has not joined its herd yet. */
  readonly session: () => string | undefined;
  readonly archive: Pick<ArchiveClient, 'ask'>;
  readonly clients: Clients;
}

/** A home that takes nothing for so long begins again where it was. */
const IDLE_MS = 60_000;
const NO_KEY = 'servers return recordings by the cluster_key, and there is none';
const NOT_SIGNED = 'this address is for the servers of the herd: the signature is not that of one';
const TOO_MANY = 'this server returns as much at once as it can: ask again';
/** The connection of a client that is refused is not kept. */
const CLOSE = { Connection: 'close' };

/**
 * Answers other servers that bring recordings home, on the thread of the media worker: bytes go from the disk to the socket. All addresses
 * need a signature, and nothing of the archive is asked before it is checked.
 */
export class SignedReturns {
  readonly #options: SignedReturnsOptions;
  /** A root that hangs keeps its own, and none of those that viewers or other roots are read by. */
  readonly #disks = new Map<string, Gate>();

  constructor(options: SignedReturnsOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await this.#signed(request, response);
    if (asked === undefined) return;
    const { clients } = this.#options;
    const release = clients.take('returns', clients.of(request));
    if (release === undefined) {
      refuse(response, 503, TOO_MANY);
      return;
    }
    response.on('close', release);
    try {
      await this.#perform(asked, request, response);
    } catch (error) {
      refuse(response, 503, error instanceof ArchiveUnavailable ? error.message : 'the recording cannot be read now');
    }
  }

  /** `undefined`: it was refused. */
  async #signed(request: IncomingMessage, response: ServerResponse): Promise<Asked | undefined> {
    const { clusterKey, session: sessionNow, clients } = this.#options;
    const { method = 'GET', url: target = '/', headers } = request;
    const signature = headers[RETURN_SIGNATURE_HEADER];
    const parsed = parseTarget(target);
    const asked = parsed.ok ? parseReturnTarget(parsed.target.path, parsed.target.query) : undefined;
    const expected = asked?.ask === 'receipt' ? 'POST' : 'GET';
    if (clusterKey === undefined) refuse(response, 403, NO_KEY, CLOSE);
    else if (typeof signature !== 'string' || !looksLikeSignature(signature)) refuse(response, 403, NOT_SIGNED, CLOSE);
    else if (asked === undefined) refuse(response, 404, 'there is no such address of returns', CLOSE);
    else if (method !== expected) refuse(response, 405, `expected ${expected}, found ${method}`, CLOSE);
    else {
      const body = method === 'POST' ? await boundedBody(request, response, clients) : '';
      if (body === undefined) return undefined;
      const session = sessionNow();
      const text = signedText({ method, target, range: headers.range, body });
      if (session === undefined) refuse(response, 503, 'this server has not joined its herd yet');
      else if (!isClusterSignature(signature, 'return', clusterKey, session, text)) {
        refuse(response, 403, NOT_SIGNED, CLOSE);
      } else return { asked, body };
    }
    return undefined;
  }

  async #perform({ asked, body }: Asked, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { archive } = this.#options;
    if (asked.ask === 'debts') {
      sendDebts(request, response, await archive.ask('debts', { home: asked.home, after: asked.after }));
    } else if (asked.ask === 'receipt') {
      const receipt = receiptSchema.safeParse(jsonOf(body));
      if (receipt.success) answerJson(response, 200, await archive.ask('receipt', receipt.data));
      else refuse(response, 400, `expected a receipt: ${receipt.error.issues[0]?.path.join('.') || 'it is no JSON'}`);
    } else if (asked.ask === 'index') {
      const index = await archive.ask('packIndex', asked.pack);
      if (index === undefined) refuse(response, 404, goneWhy(asked.pack));
      else sendText(response, index);
    } else await this.#media(asked.pack, request, response);
  }

  async #media(pack: PackOfStream, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const found = await this.#options.archive.ask('packFile', pack);
    if (found === undefined) {
      refuse(response, 404, goneWhy(pack));
      return;
    }
    const { file, root, bytes } = found;
    const range = parseRange(request.headers.range, bytes);
    if (range === 'whole' || range === 'unsatisfiable') {
      const headers = { 'Content-Range': `bytes */${bytes}` };
      refuse(response, 416, `expected one range within ${bytes} bytes`, headers);
      return;
    }
    const { first, last } = range;
    response.setTimeout(IDLE_MS, () => response.destroy());
    await sendFile(response, { file, fromByte: first, untilByte: last + 1 }, this.#diskOf(root), () => {
      response.writeHead(206, {
        'Content-Type': CONTENT_TYPES.mpegts,
        'Cache-Control': CACHING.never,
        'Content-Length': last + 1 - first,
        'Content-Range': `bytes ${first}-${last}/${bytes}`,
      });
    });
  }

  #diskOf(root: string): Gate {
    const disk = this.#disks.get(root) ?? returnsOfRoot();
    this.#disks.set(root, disk);
    return disk;
  }
}

interface Asked {
  readonly asked: ReturnRequest;
  readonly body: string;
}

/** `undefined`: it was refused, or the client has gone. */
async function boundedBody(
  request: IncomingMessage,
  response: ServerResponse,
  clients: Clients,
): Promise<string | undefined> {
  const release = clients.take('uploads', clients.of(request));
  if (release === undefined) {
    refuse(response, 503, TOO_MANY, CLOSE);
    return undefined;
  }
  const body = await requestBody(request, MAX_RETURN_BODY_BYTES).finally(release);
  if (body === 'too large') {
    refuse(response, 413, `expected a body of at most ${MAX_RETURN_BODY_BYTES} bytes`, CLOSE);
    return undefined;
  }
  return body?.toString('utf8');
}

function goneWhy({ stream, epoch, firstNumber }: PackOfStream): string {
  return `there is no closed pack ${epoch}-${firstNumber} of ${stream} here`;
}

/** A home asks every half a minute, and is only told that nothing has changed. */
function sendDebts(request: IncomingMessage, response: ServerResponse, list: DebtList): void {
  const json = JSON.stringify(list);
  const tag = debtsTag(json);
  if (request.headers['if-none-match'] === tag) response.writeHead(304, { ETag: tag }).end();
  else answerJsonText(response, 200, json, { ETag: tag });
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, {
    'Content-Type': CONTENT_TYPES.playlist,
    'Cache-Control': CACHING.never,
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
