import { LineReader } from './ffmpeg/line-reader.ts';

/** A segment that ffmpeg has closed, as its tiny playlist announces it. */
export interface AnnouncedSegment {
  readonly number: number;
  readonly durationMs: number;
  /** The start by ffmpeg: the time when it opened its output, plus all durations since. segment-clock.ts computes a better one. */
  readonly programDateTimeMs?: number;
  /** Without folder. */
  readonly fileName: string;
}

/** Reads the playlists that ffmpeg writes one after another to a pipe, each with the one segment that it has just closed. */
export class SegmentPlaylistReader {
  readonly #lines = new LineReader();
  #number: number | undefined;
  #durationMs: number | undefined;
  #programDateTimeMs: number | undefined;

  /** The segments that `chunk` completes. */
  push(chunk: Uint8Array): readonly AnnouncedSegment[] {
    return this.#lines.push(chunk).flatMap((line) => this.#line(line));
  }

  #line(line: string): readonly AnnouncedSegment[] {
    if (line === '#EXTM3U') this.#forget();
    else if (line.startsWith('#EXT-X-MEDIA-SEQUENCE:')) this.#number = integer(textOf(line));
    else if (line.startsWith('#EXTINF:')) this.#durationMs = milliseconds(textOf(line).replace(/,.*$/s, ''));
    else if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) this.#programDateTimeMs = date(textOf(line));
    else if (line !== '' && !line.startsWith('#')) return this.#file(line);
    return [];
  }

  #file(line: string): readonly AnnouncedSegment[] {
    const number = this.#number;
    const durationMs = this.#durationMs;
    const programDateTimeMs = this.#programDateTimeMs;
    this.#forget();
    const fileName = line.slice(line.lastIndexOf('/') + 1);
    if (number === undefined || durationMs === undefined || fileName === '') return [];
    return [{ number, durationMs, fileName, ...(programDateTimeMs === undefined ? {} : { programDateTimeMs }) }];
  }

  #forget(): void {
    this.#number = undefined;
    this.#durationMs = undefined;
    this.#programDateTimeMs = undefined;
  }
}

function textOf(line: string): string {
  return line.slice(line.indexOf(':') + 1);
}

function integer(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function milliseconds(text: string): number | undefined {
  return /^\d{1,9}(?:\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : undefined;
}

/** ffmpeg writes `2026-11-22T13:14:01.630+0000`, which JavaScript wants with a colon in its zone. */
function date(text: string): number | undefined {
  const ms = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(ms) ? undefined : ms;
}
