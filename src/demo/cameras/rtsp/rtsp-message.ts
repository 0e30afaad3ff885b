/** RTSP 1.0 on a TCP connection as a camera reads and writes it (RFC 2326): text requests, text answers, and between them
 * interleaved binary frames (§10.12), which from a client are RTCP receiver reports and are skipped. */

export interface RtspRequest {
  readonly method: string;
  readonly uri: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

export type RtspInput =
  | { readonly type: 'request'; readonly request: RtspRequest }
  /** What follows cannot be understood: the connection is of no more use. */
  | { readonly type: 'malformed'; readonly why: string };

const MAX_HEAD_BYTES = 16_384;
const MAX_BODY_BYTES = 65_536;
const DOLLAR = 0x24;
const REQUEST_LINE = /^([A-Z_]+) (\S+) RTSP\/\d\.\d$/;

/** Cuts the bytes of a connection into requests, however they arrive. */
export class RtspReader {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): RtspInput[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const inputs: RtspInput[] = [];
    for (;;) {
      const taken = takeOne(this.#rest);
      if (taken === 'incomplete') return inputs;
      this.#rest = this.#rest.subarray(taken.bytes);
      if (taken.input !== undefined) inputs.push(taken.input);
      if (taken.input?.type === 'malformed') return inputs;
    }
  }
}

interface Taken {
  readonly bytes: number;
  readonly input?: RtspInput;
}

function takeOne(bytes: Buffer): Taken | 'incomplete' {
  if (bytes[0] === DOLLAR) {
    if (bytes.length < 4) return 'incomplete';
    const frameEnd = 4 + bytes.readUInt16BE(2);
    return bytes.length < frameEnd ? 'incomplete' : { bytes: frameEnd };
  }
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1 || headEnd > MAX_HEAD_BYTES) {
    return bytes.length > MAX_HEAD_BYTES ? malformed(bytes, 'the head of a request has no end') : 'incomplete';
  }
  const request = parseHead(bytes.toString('latin1', 0, headEnd));
  if (request === undefined) return malformed(bytes, 'expected an RTSP request line');
  const bodyBytes = Number(request.headers.get('content-length') ?? 0);
  if (!Number.isInteger(bodyBytes) || bodyBytes < 0 || bodyBytes > MAX_BODY_BYTES) {
    return malformed(bytes, 'the Content-Length is out of bounds');
  }
  const end = headEnd + 4 + bodyBytes;
  return bytes.length < end ? 'incomplete' : { bytes: end, input: { type: 'request', request } };
}

function malformed(bytes: Buffer, why: string): Taken {
  return { bytes: bytes.length, input: { type: 'malformed', why } };
}

function parseHead(head: string): RtspRequest | undefined {
  const [first = '', ...lines] = head.split('\r\n');
  const [, method, uri] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || uri === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { method, uri, headers };
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  461: 'Unsupported Transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

export interface RtspAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function formatAnswer({ status, headers = {}, body = '' }: RtspAnswer, cseq: string): string {
  const lines = [`RTSP/1.0 ${status} ${REASONS[status] ?? 'Refused'}`, `CSeq: ${cseq}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== '') lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
