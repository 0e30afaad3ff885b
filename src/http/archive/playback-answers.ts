import type { Interval } from '../../archive/catalogue/intervals.ts';
import { exactTime } from '../../archive/playback/recording-status.ts';
import { CACHING, MEDIA_HEADERS } from '../reply.ts';

/** The parts of the asked time that are recorded but not available now: `[{"from", "duration"}]`, in seconds. */
export const UNAVAILABLE_HEADER = 'streamherd-unavailable';
/** A header of some kilobytes is refused by proxies. */
const MAX_TIMES_IN_HEADER = 40;
/** Each piece crosses to the listener's thread, and the next one is made when it has been taken. */
const LEAST_PIECE_BYTES = 256 * 1024;
/** Shorter ones are sent at once, with their length. */
const MAX_WHOLE_PIECES = 50;

export function refused(
  status: 400 | 404 | 405 | 501 | 503,
  error: string,
  unavailable: readonly Interval[] = [],
): Response {
  const headers = {
    ...MEDIA_HEADERS,
    'Cache-Control': CACHING.never,
    ...(status === 503 && { 'Retry-After': '1' }),
    ...unavailableHeader(unavailable),
  };
  return Response.json({ error }, { status, headers });
}

export function answered(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  type: string,
  unavailable: readonly Interval[] = [],
): Response {
  const headers: Record<string, string> = {
    ...MEDIA_HEADERS,
    'Content-Type': type,
    'Cache-Control': CACHING.never,
    ...unavailableHeader(unavailable),
  };
  if (!(body instanceof ReadableStream)) headers['Content-Length'] = String(Buffer.byteLength(body));
  return new Response(body, { headers });
}

function unavailableHeader(unavailable: readonly Interval[]): Readonly<Record<string, string>> {
  const told = unavailable.slice(0, MAX_TIMES_IN_HEADER).map(exactTime);
  return told.length === 0 ? {} : { [UNAVAILABLE_HEADER]: JSON.stringify(told) };
}

export function answeredJson(value: unknown): Response {
  return answered(`${JSON.stringify(value)}\n`, 'application/json');
}

export function redirected(location: string): Response {
  const headers = { ...MEDIA_HEADERS, Location: location, 'Cache-Control': CACHING.never, 'Content-Length': '0' };
  return new Response(null, { status: 302, headers });
}

/** A text in pieces, those of a long one only as fast as its client takes them. */
export function bodyOf(pieces: Iterable<Buffer>, count: number): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> {
  if (count <= MAX_WHOLE_PIECES) return Buffer.concat([...pieces]);
  const left = pieces[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const taken: Buffer[] = [];
      for (let bytes = 0; bytes < LEAST_PIECE_BYTES; bytes += taken.at(-1)?.length ?? 0) {
        const { done, value } = left.next();
        if (done) break;
        taken.push(value);
      }
      if (taken.length === 0) controller.close();
      else controller.enqueue(Buffer.concat(taken));
    },
  });
}
