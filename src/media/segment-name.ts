import { join } from 'node:path';
import { formsOf, type StreamName } from '../domain/definition/stream-name.ts';

/**
 * Where segments lie and what they are called.
 *
 * The live folder, `<data_dir>/live` or what `live_dir` names, has a folder for each stream: ffmpeg writes into one for a whole
 * run (`-hls_segment_filename <folder>/<epoch>-%d.ts -start_number <number>`). The name is unique for (stream, epoch, number)
 * and never reused, which is what lets caches and players keep a segment for ever. The archive appends a copy of each closed segment
 * to a pack; the file stays here until no live window lists it and the archive has it.
 */
export function liveFolder(spool: string, stream: StreamName): string {
  return join(spool, formsOf(stream).folder);
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
