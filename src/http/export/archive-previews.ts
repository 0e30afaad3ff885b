import { ByteLayout } from '../../archive/export/byte-layout.ts';
import { endMsOf, firstOf, lastOf, type RecordedPart, withNumbers } from '../../archive/playback/recorded-part.ts';
import { GateFullError } from '../../domain/gate.ts';
import { formatOf } from '../../media/format/stream-format.ts';
import { type KeyFrame, keyFrameAt } from '../../media/key-frame-pictures.ts';
import type { ExtractQuestion } from '../archive/playback.ts';
import { refused } from '../archive/playback-answers.ts';
import { CACHING, CONTENT_TYPES, MEDIA_HEADERS } from '../reply.ts';
import type { CopyIntoMp4 } from './exports.ts';
import { ExtractPlaces } from './extract-places.ts';
import { MadeCache } from './made-cache.ts';
import type { SegmentReader } from './segment-reader.ts';

export interface ArchivePreviewsOptions {
  readonly reader: SegmentReader;
  readonly mp4Of: CopyIntoMp4;
  /** The key frames of a segment, decoded by ffmpeg. */
  readonly keyFramesOf: (segment: Uint8Array) => Promise<readonly KeyFrame[]>;
  readonly waitMs?: number;
}

type PreviewQuestion = ExtractQuestion & { readonly address: { readonly what: 'preview' } };

/** When the frame was captured, in Unix seconds: it may be long before what was asked for. */
const TIME_HEADER = 'streamherd-time';
/** Longer than any segment, so that the last one before a time is in it. */
const LOOK_BACK_MS = 120_000;
/** A segment of more is none. */
const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;
const MAX_CACHED_BYTES = 32 * 1024 * 1024;
/** Each holds a segment in memory, and an ffmpeg for a moment. */
const MADE_AT_ONCE = 2;
const SEGMENT_WITHIN_MS = 5000;
const CLIP_WITHIN_MS = 5000;
/** Between the end of one segment and the start of the next, by their times. */
const SEAM_MS = 500;

/** The last segment that begins at the time or before. */
interface Found {
  readonly part: RecordedPart;
  readonly startMs: number;
  /** It holds the time itself, so that the answer never changes. */
  readonly isThere: boolean;
}

interface Made {
  readonly type: string;
  readonly body: Buffer;
  readonly tag: string;
  readonly atMs: number;
}

/** Pictures and short clips of a time, from the recordings. */
export class ArchivePreviews {
  readonly #options: ArchivePreviewsOptions;
  readonly #places: ExtractPlaces;
  readonly #frames = new MadeCache<readonly KeyFrame[]>(MAX_CACHED_BYTES, (frames) =>
    frames.reduce((sum, { jpeg }) => sum + jpeg.length, 0),
  );
  readonly #clips = new MadeCache<Buffer>(MAX_CACHED_BYTES, ({ length }) => length);

  constructor(options: ArchivePreviewsOptions) {
    this.#options = options;
    this.#places = new ExtractPlaces(MADE_AT_ONCE, options.waitMs);
  }

  async answer(question: PreviewQuestion): Promise<Response> {
    const { stream, address, request } = question;
    const found = await this.#find(question);
    if (found instanceof Response) return found;
    let made: Made;
    try {
      made = address.as === 'jpg' ? await this.#picture(question, found) : await this.#clip(question, found);
    } catch (error) {
      if (error instanceof GateFullError) throw error;
      return refused(503, `no preview of ${stream}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const headers = {
      ...MEDIA_HEADERS,
      'Content-Type': made.type,
      'Cache-Control': found.isThere ? CACHING.immutable : CACHING.never,
      ETag: made.tag,
      [TIME_HEADER]: String(made.atMs / 1000),
    };
    if (request.headers.get('if-none-match') === made.tag) return new Response(null, { status: 304, headers });
    const length = { 'Content-Length': String(made.body.length) };
    const body = request.method === 'HEAD' ? null : new Uint8Array(made.body);
    return new Response(body, { headers: { ...headers, ...length } });
  }

  async #find({ stream, address: { atMs }, library }: PreviewQuestion): Promise<Found | Response> {
    const all = await library.holdings(stream);
    if (all.length === 0) return refused(404, `there is no recording of ${stream}`);
    const before = all
      .flatMap(({ holdings, isSilent }) => (isSilent ? [] : holdings))
      .filter(({ fromMs, isAway }) => fromMs <= atMs && !isAway)
      .map(({ untilMs }) => Math.min(untilMs, atMs + 1));
    if (before.length === 0) return refused(404, `nothing of ${stream} is recorded at that time or before`);
    const untilMs = Math.max(...before);
    const { parts } = await library.recorded(stream, { fromMs: untilMs - LOOK_BACK_MS, untilMs });
    const last = parts.findLast(({ isAvailable }) => isAvailable);
    const part = last && withNumbers(last, lastOf(last).number, lastOf(last).number);
    if (part === undefined) return refused(503, `what there is of ${stream} at that time cannot be had now`);
    const startMs = part.columns.startsMs[part.at] ?? 0;
    return { part, startMs, isThere: atMs < endMsOf(part) + SEAM_MS };
  }

  async #picture(question: PreviewQuestion, { part, startMs }: Found): Promise<Made> {
    const { epoch, number } = firstOf(part);
    const frames = await this.#frames.of(`${question.stream} ${epoch}-${number}`, () =>
      this.#inPlace(async () => this.#options.keyFramesOf(await this.#segment(question, part))),
    );
    const shown = keyFrameAt(frames, question.address.atMs - startMs);
    if (shown === undefined) throw new Error('its segment has no picture');
    const { index, frame } = shown;
    const tag = `"${epoch}-${number}-${index}"`;
    return { type: CONTENT_TYPES.jpeg, body: frame.jpeg, tag, atMs: startMs + frame.offsetMs };
  }

  async #clip(question: PreviewQuestion, { part, startMs }: Found): Promise<Made> {
    const { epoch, number } = firstOf(part);
    const body = await this.#clips.of(`${question.stream} ${epoch}-${number}`, () =>
      this.#inPlace(async () => this.#withoutSound(await this.#segment(question, part))),
    );
    return { type: CONTENT_TYPES.mp4, body, tag: `"${epoch}-${number}"`, atMs: startMs };
  }

  async #inPlace<T>(make: () => Promise<T>): Promise<T> {
    const release = await this.#places.take();
    if (release === undefined) throw new GateFullError('as many previews are being made as this server can');
    return make().finally(release);
  }

  async #withoutSound(segment: Buffer): Promise<Buffer> {
    const format = formatOf(segment) ?? { video: undefined, audio: undefined };
    const signal = AbortSignal.timeout(CLIP_WITHIN_MS);
    const pieces: Uint8Array[] = [];
    const made = this.#options.mp4Of({ source: once(segment), signal, format, withSound: false });
    for await (const piece of made) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** It is read to its end although its client may leave: others may want the same. */
  async #segment({ stream }: PreviewQuestion, part: RecordedPart): Promise<Buffer> {
    const layout = ByteLayout.of([part]);
    const [piece] = layout?.pieces() ?? [];
    if (piece === undefined || piece.bytes > MAX_SEGMENT_BYTES) throw new Error('its segment is too large');
    return this.#options.reader.whole(stream, piece, AbortSignal.timeout(SEGMENT_WITHIN_MS));
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
