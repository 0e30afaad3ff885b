/**
 * How an ffmpeg that was started ahead is told its source: it has asked for a place-holder on loopback, and the answer to its
 * first request, `OPTIONS`, is a redirect (RFC 2326 §11.3). ffmpeg then begins again with the URL it is given, as if it had
 * been started with it, credentials included.
 */
export interface WaitingRequest {
  /** `/<token>` */
  readonly path: string;
  readonly cseq: string;
}

/** As ffmpeg reads headers: a line of 4096 bytes. */
const MAX_URL_CHARACTERS = 2000;

/**
 * An empty interleaved frame (§10.12), which ffmpeg skips while it waits for an answer. Its `-timeout` counts the silence of
 * the connection, and may be shorter than the wait.
 */
export const STILL_THERE = Uint8Array.of(0x24, 0, 0, 0);

/** The request that `text` begins with; `undefined` while there is no whole one, or when it is something else. */
export function parseWaitingRequest(text: string): WaitingRequest | undefined {
  if (!text.includes('\r\n\r\n')) return undefined;
  const [, path] = /^OPTIONS rtsp:\/\/[^/\s]+(\/\S*) RTSP\/1\.0\r\n/.exec(text) ?? [];
  const [, cseq] = /\r\nCSeq: *(\d{1,9})\r\n/i.exec(text) ?? [];
  return path === undefined || cseq === undefined ? undefined : { path, cseq };
}

/** Whether a redirect can name `url`: `rtsps` and other schemes would have to begin with another protocol. */
export function canRedirectTo(url: string): boolean {
  return /^rtsp:\/\/[\x21-\x7e]+$/i.test(url) && url.length <= MAX_URL_CHARACTERS;
}

export function redirectAnswer({ cseq }: WaitingRequest, url: string): string {
  if (!canRedirectTo(url)) throw new RangeError('a redirect cannot name this URL');
  return `RTSP/1.0 302 Found\r\nCSeq: ${cseq}\r\nLocation: ${url}\r\n\r\n`;
}
