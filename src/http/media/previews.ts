import type { Segment } from '../../domain/segments/segment.ts';
import { segmentName } from '../../media/segment-name.ts';

/** Each preview takes an ffmpeg of the main thread for a moment; captures come first. */
const MAX_MAKING = 2;
/** The main thread bounds the time of its ffmpeg; this bound is for a main thread that does not answer. */
const PREVIEW_TIMEOUT_MS = 10_000;

export type Preview = { readonly ok: true; readonly image: Buffer } | { readonly ok: false; readonly why: string };

/** Pictures of the newest segments, made on demand by the main thread, one a segment however many ask. */
export class Previews {
  readonly #want: (id: number, file: string) => void;
  /** By stream: the newest picture and the segment it is of. */
  readonly #made = new Map<string, { readonly of: string; readonly preview: Promise<Preview> }>();
  readonly #waiting = new Map<number, (preview: Preview) => void>();
  #lastId = 0;

  /** `want` asks the main thread, which answers with `arrived`. */
  constructor(want: (id: number, file: string) => void) {
    this.#want = want;
  }

  of(segment: Segment): Promise<Preview> {
    const of = segmentName(segment);
    const made = this.#made.get(segment.stream);
    if (made?.of === of) return made.preview;
    if (this.#waiting.size >= MAX_MAKING) {
      // The picture of the segment before is better than a 503.
      return made?.preview ?? Promise.resolve({ ok: false, why: `${MAX_MAKING} previews are being made: ask again` });
    }
    const preview = this.#make(segment);
    this.#made.set(segment.stream, { of, preview });
    void preview.then(({ ok }) => {
      if (!ok && this.#made.get(segment.stream)?.of === of) this.#made.delete(segment.stream);
    });
    return preview;
  }

  arrived(id: number, image: Uint8Array | null, why: string): void {
    this.#waiting.get(id)?.(image ? { ok: true, image: Buffer.from(image) } : { ok: false, why });
  }

  forget(stream: string): void {
    this.#made.delete(stream);
  }

  #make(segment: Segment): Promise<Preview> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const settle = (preview: Preview) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(preview);
      };
      const timer = setTimeout(
        () => settle({ ok: false, why: 'the preview was not made in time' }),
        PREVIEW_TIMEOUT_MS,
      );
      this.#waiting.set(id, settle);
      this.#want(id, segment.file);
    });
  }
}
