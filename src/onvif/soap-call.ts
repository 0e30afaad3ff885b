import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { codeOf, connectionReason } from '../domain/system-error.ts';
import { failed } from './soap.ts';

const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

export interface SoapCall {
  readonly url: URL;
  readonly text: string;
  /** Of HTTP digest. */
  readonly authorization: string | undefined;
  /** From the connection to the last byte of the answer. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

export type SoapReply =
  | { readonly ok: true; readonly status: number; readonly challenge: string | undefined; readonly text: string }
  | ReturnType<typeof failed>;

/**
 * One POST to a camera, by a connection of its own. Rejects with the signal's reason. Certificates are not checked: those of cameras are
 * their own, and over http, which most of them speak, there are none.
 */
export function callCamera({ url, text, authorization, withinMs, signal }: SoapCall): Promise<SoapReply> {
  const within = AbortSignal.timeout(withinMs);
  const both = AbortSignal.any([signal, within]);
  return new Promise<SoapReply>((resolve, reject) => {
    const giveUp = (error: unknown) => {
      if (signal.aborted) reject(signal.reason);
      else if (within.aborted) resolve(failed('timeout', `the camera did not answer within ${withinMs / 1000} s`));
      else resolve(failed('unreachable', `the camera is not reached: ${reasonOf(error)}`));
    };
    const options = {
      ...{ method: 'POST', agent: false, signal: both, rejectUnauthorized: false, maxHeaderSize: MAX_HEADER_BYTES },
      headers: {
        'content-type': 'application/soap+xml; charset=utf-8',
        'content-length': Buffer.byteLength(text),
        connection: 'close',
        // Of bytes, not of characters: a user may have a name of any script.
        ...(authorization !== undefined && { authorization: Buffer.from(authorization).toString('latin1') }),
      },
    };
    const asking = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (answer) => {
      bodyOf(answer).then((body) => {
        const { statusCode: status = 0, headers } = answer;
        if (body === undefined) {
          asking.destroy();
          resolve(failed('not-understood', `the answer of the camera is longer than ${MAX_ANSWER_BYTES / 1024} KiB`));
        } else resolve({ ok: true, status, challenge: headers['www-authenticate'], text: body });
      }, giveUp);
    });
    asking.on('error', giveUp);
    asking.end(text);
  });
}

/** `undefined`: it is too long. */
async function bodyOf(answer: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    // without an encoding the pieces are bytes
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return connectionReason(code) ?? (code === '' ? 'the connection failed' : `the connection failed: ${code}`);
}
