import type { IncomingMessage } from 'node:http';

/** The whole body; `undefined`: the client closed the connection, and waits for no answer. */
export async function requestBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | 'too large' | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return 'too large';
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of request) {
      length += piece.length;
      if (length > maxBytes) return 'too large';
      pieces.push(piece);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(pieces);
}
