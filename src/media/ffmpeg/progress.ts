import { LineReader } from './line-reader.ts';

/** One report of ffmpeg's `-progress`. What it does not know yet ("N/A") is absent. */
export interface Progress {
  /** Media time written so far. */
  readonly outTimeMs?: number;
  readonly bitrateKbps?: number;
  /** 1 is real time. */
  readonly speed?: number;
  readonly totalBytes?: number;
}

/** Reads `-progress`: `key=value` lines, each report closed by `progress=continue` or `progress=end`. */
export class ProgressReader {
  readonly #lines = new LineReader();
  #report: Progress = {};

  /** The reports that `chunk` completes. */
  push(chunk: Uint8Array): readonly Progress[] {
    return this.#lines.push(chunk).flatMap((line) => this.#line(line));
  }

  #line(line: string): readonly Progress[] {
    const separator = line.indexOf('=');
    if (separator < 0) return [];
    const key = line.slice(0, separator);
    const value = line.slice(separator + 1).trim();
    if (key !== 'progress') {
      this.#report = { ...this.#report, ...fieldOf(key, value) };
      return [];
    }
    const report = this.#report;
    this.#report = {};
    return [report];
  }
}

function fieldOf(key: string, value: string): Progress {
  switch (key) {
    // `out_time_ms` counts microseconds too: its name is an old mistake of ffmpeg's.
    case 'out_time_us': {
      // Before the first packet some versions print a large negative time.
      const us = numberOf(value, '');
      return us === undefined ? {} : { outTimeMs: us / 1000 };
    }
    case 'bitrate': {
      const bitrateKbps = numberOf(value, 'kbits/s');
      return bitrateKbps === undefined ? {} : { bitrateKbps };
    }
    case 'speed': {
      const speed = numberOf(value, 'x');
      return speed === undefined ? {} : { speed };
    }
    case 'total_size': {
      const totalBytes = numberOf(value, '');
      return totalBytes === undefined ? {} : { totalBytes };
    }
    default:
      return {};
  }
}

function numberOf(text: string, unit: string): number | undefined {
  if (!text.endsWith(unit)) return undefined;
  const digits = text.slice(0, text.length - unit.length).trim();
  return /^\d+(?:\.\d+)?$/.test(digits) ? Number(digits) : undefined;
}
