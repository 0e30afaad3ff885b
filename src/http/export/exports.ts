import { ByteLayout, type ByteRange, type SegmentPiece } from '../../archive/export/byte-layout.ts';
import { type ExportRun, evenTimes, runsOf } from '../../archive/export/export-runs.ts';
import type { RecordedPart } from '../../archive/playback/recorded-part.ts';
import { someAtOnce } from '../../domain/gate.ts';
import { FORMAT_BYTES, formatOf, type StreamFormat } from '../../media/format/stream-format.ts';
import type { Recorded } from '../archive/archive-library.ts';
import type { ExtractQuestion } from '../archive/playback.ts';
import { refused } from '../archive/playback-answers.ts';
import { CACHING, CONTENT_TYPES, MEDIA_HEADERS, parseRange } from '../reply.ts';
import { extractHeaders, fileName } from './extract-answers.ts';
import { ExtractPlaces } from './extract-places.ts';
import type { SegmentReader } from './segment-reader.ts';
import { takenBody } from './taken-body.ts';

/** Copies MPEG-TS into an MP4, by ffmpeg. */
export type CopyIntoMp4 = (input: {
  readonly source: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  readonly format: Pick<StreamFormat, 'video' | 'audio'>;
  readonly withSound: boolean;
}) => AsyncGenerator<Uint8Array>;

export interface ExportsOptions {
  readonly reader: SegmentReader;
  readonly mp4Of: CopyIntoMp4;
  readonly waitMs?: number;
}

type ExportQuestion = ExtractQuestion & { readonly address: { readonly what: 'export' } };

/** An MP4 takes an ffmpeg, which captures need more. */
const MP4S_AT_ONCE = 2;
/** Of all clients. One has fewer: `exports` in `clients.ts`. */
export const TS_AT_ONCE = 8;
/** Runs whose format is looked at, and at once: a source that fails again and again has a new one each time. */
const MAX_RUNS = 1000;
const LOOKS_AT_ONCE = 4;

/** Recordings of a time as one file. */
export class Exports {
  readonly #reader: SegmentReader;
  readonly #mp4Of: CopyIntoMp4;
  readonly #mp4Places: ExtractPlaces;
  readonly #tsPlaces: ExtractPlaces;

  constructor({ reader, mp4Of, waitMs }: ExportsOptions) {
    this.#reader = reader;
    this.#mp4Of = mp4Of;
    this.#mp4Places = new ExtractPlaces(MP4S_AT_ONCE, waitMs);
    this.#tsPlaces = new ExtractPlaces(TS_AT_ONCE, waitMs);
  }

  async answer(question: ExportQuestion): Promise<Response> {
    const { stream, address, library } = question;
    const recorded = await library.recorded(stream, address);
    if (recorded.holdings.length === 0) return refused(404, `there is no recording of ${stream}`);
    const parts = recorded.parts.filter(({ isAvailable }) => isAvailable);
    if (parts.length === 0) {
      return recorded.unavailable.length > 0
        ? refused(503, `what there is of ${stream} at that time cannot be had now`)
        : refused(404, `nothing of ${stream} is recorded at that time`);
    }
    const layout = ByteLayout.of(parts);
    if (layout === undefined) return refused(503, 'it is not known yet how long the recordings are: ask again');
    if (address.as === 'ts') return this.#ts(question, recorded, layout);
    return this.#mp4(question, recorded, parts, layout);
  }

  /** The segments as they are: a part of it can be asked for, so that what broke off can be gone on with. */
  async #ts(question: ExportQuestion, recorded: Recorded, layout: ByteLayout): Promise<Response> {
    const { request, stream } = question;
    const tag = `"${layout.tag}"`;
    const asked = request.headers.get('if-range') ?? tag;
    const range = asked === tag ? parseRange(request.headers.get('range') ?? undefined, layout.bytes) : 'whole';
    const headers: Record<string, string> = {
      ...this.#headers(question, recorded, CONTENT_TYPES.mpegts),
      'Accept-Ranges': 'bytes',
      ETag: tag,
    };
    if (range === 'unsatisfiable') {
      const told = { ...headers, 'Content-Range': `bytes */${layout.bytes}` };
      return Response.json({ error: `expected a range within ${layout.bytes} bytes` }, { status: 416, headers: told });
    }
    const bytes = range === 'whole' ? { first: 0, last: layout.bytes - 1 } : range;
    headers['Content-Length'] = String(bytes.last - bytes.first + 1);
    if (range !== 'whole') headers['Content-Range'] = `bytes ${range.first}-${range.last}/${layout.bytes}`;
    const status = range === 'whole' ? 200 : 206;
    if (request.method === 'HEAD') return new Response(null, { status, headers });
    return this.#streamed(this.#tsPlaces, request, { status, headers }, (signal) =>
      this.#bytes(stream, layout.pieces(bytes), signal),
    );
  }

  async #mp4(
    question: ExportQuestion,
    recorded: Recorded,
    parts: readonly RecordedPart[],
    layout: ByteLayout,
  ): Promise<Response> {
    const { request, stream, address } = question;
    const runs = runsOf(parts).slice(0, MAX_RUNS);
    const formats = await this.#formatsOf(stream, runs, request.signal);
    const keyed = runs.map(({ startMs, endMs }, index) => ({ startMs, endMs, key: formats[index]?.key }));
    const even = evenTimes(keyed, address);
    if (even.length > 1) return mixed(even.map(({ fromMs, untilMs }) => ({ fromMs, untilMs })));
    const format = formats.find((found) => found !== undefined);
    if (format === undefined) return refused(503, `what is recorded of ${stream} at that time cannot be understood`);
    const headers = this.#headers(question, recorded, CONTENT_TYPES.mp4);
    if (request.method === 'HEAD') return new Response(null, { headers });
    return this.#streamed(this.#mp4Places, request, { headers }, (signal) =>
      this.#mp4Of({ source: this.#bytes(stream, layout.pieces(), signal), signal, format, withSound: true }),
    );
  }

  async #streamed(
    places: ExtractPlaces,
    request: Request,
    init: ResponseInit,
    make: (signal: AbortSignal) => AsyncGenerator<Uint8Array>,
  ): Promise<Response> {
    const release = await places.take(request.signal);
    if (release === undefined) return refused(503, 'as many exports are being made as this server can: ask again');
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, request.signal]);
    return new Response(takenBody(make(signal), { abort, release }), init);
  }

  async *#bytes(stream: string, pieces: Iterable<SegmentPiece>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) yield* this.#reader.read(stream, piece, signal);
  }

  async #formatsOf(
    stream: string,
    runs: readonly ExportRun[],
    signal: AbortSignal,
  ): Promise<readonly (StreamFormat | undefined)[]> {
    const formats: (StreamFormat | undefined)[] = runs.map(() => undefined);
    await someAtOnce(runs.entries(), LOOKS_AT_ONCE, async ([index, { first }]) => {
      const [piece] = ByteLayout.of([{ ...first, count: 1 }])?.pieces(BEGINNING) ?? [];
      if (piece !== undefined) formats[index] = formatOf(await this.#reader.whole(stream, piece, signal));
    });
    return formats;
  }

  #headers({ stream, address }: ExportQuestion, { holdings, unavailable }: Recorded, type: string) {
    const name = fileName(stream, address.fromMs, address.as);
    return extractHeaders({ type, fileName: name, holdings, unavailable, bounds: address });
  }
}

const BEGINNING: ByteRange = { first: 0, last: FORMAT_BYTES - 1 };

/** A file that silently lacked what comes after the change would be taken for the whole. */
function mixed(times: readonly { readonly fromMs: number; readonly untilMs: number }[]): Response {
  const parts = times.map(({ fromMs, untilMs }) => {
    const [from, duration] = [fromMs / 1000, (untilMs - fromMs) / 1000];
    return { from, duration, address: `archive-${from}-${duration}.mp4` };
  });
  const changes = times.slice(1).map(({ fromMs }) => new Date(fromMs).toISOString());
  const error =
    `the codec or the size of the picture, or the sound, changes at ${changes.join(' and ')}, which one MP4 cannot ` +
    'hold: export each part by its address, or all of it as .ts';
  return Response.json(
    { error, parts },
    { status: 409, headers: { ...MEDIA_HEADERS, 'Cache-Control': CACHING.never } },
  );
}
