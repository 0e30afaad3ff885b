import { join } from 'node:path';
import { formsOf, type StreamName } from '../domain/definition/stream-name.ts';

/**
 * Where segments lie and what they are called.
 *
 * The live spool is `<data_dir>/live/<folder of the stream>/<epoch>-<number>.ts`: ffmpeg writes into one folder for a whole
 * run (`-hls_segment_filename <folder>/<epoch>-%d.ts -start_number <number>`). The name is unique for (stream, epoch, number)
 * and never reused, which is what lets caches and players keep a segment for ever.
 *
 * How the archive takes over: the moment a segment of a stream with `dvr` closes, and *before* it is announced to the live
 * window, the archive renames the file into its hour folder (`<data_dir>/<folder>/2026/11/22/06/`, the same file system: one
 * write, no copy) and announces `Segment.file` with the new path. The live window never makes a path of its own, so it serves the
 * file from there; and it deletes only files inside the spool, so what the archive took is the archive's to delete.
 */
export function liveFolder(dataDir: string, stream: StreamName): string {
  return join(liveSpool(dataDir), formsOf(stream).folder);
}

export function liveSpool(dataDir: string): string {
  return join(dataDir, 'live');
}

export interface SegmentId {
  readonly epoch: number;
  readonly number: number;
}

export function segmentName({ epoch, number }: SegmentId): string {
  return `${epoch}-${number}.ts`;
}

/** The segment that a file name or the last part of a URI names; `undefined` when it names none. */
export function parseSegmentName(text: string): SegmentId | undefined {
  const [, name, epochText, numberText] = /(?:^|\/)((\d{1,15})-(\d{1,15})\.ts)$/.exec(text) ?? [];
  if (epochText === undefined || numberText === undefined) return undefined;
  const id = { epoch: Number(epochText), number: Number(numberText) };
  // One segment, one name: no leading zeros.
  return name === segmentName(id) ? id : undefined;
}
