import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { indexText } from '../src/archive/pack/index-text.ts';
import type { PackHeader } from '../src/archive/pack/pack-index.ts';
import { indexPath, mediaPath, segmentHash } from '../src/archive/pack/pack-reading.ts';

/** Segments one after the other, with what an index says of each. */
export interface MadeMedia {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly segments: readonly { readonly at: number; readonly bytes: number; readonly sha256: string }[];
}

export function madeMedia(segments: readonly Buffer[]): MadeMedia {
  const bytes = Buffer.concat(segments);
  let at = 0;
  const told = segments.map((segment) => {
    at += segment.length;
    return { at: at - segment.length, bytes: segment.length, sha256: segmentHash(segment) };
  });
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), segments: told };
}

/** A closed pack with the same media as others, which the recorder would have written byte by byte. */
export async function makePack(root: string, header: PackHeader, media: MadeMedia): Promise<void> {
  const { stream, server, home, epoch, firstNumber, startMs, segmentMs } = header;
  const place = { stream, server, folder: join(root, stream) };
  const entries = media.segments.map((segment, index) => {
    return { ...segment, number: firstNumber + index, startMs: startMs + index * segmentMs, durationMs: segmentMs };
  });
  const closed = { bytes: media.bytes.length, segments: entries.length, sha256: media.sha256, home, epoch };
  await mkdir(dirname(mediaPath(place, header)), { recursive: true });
  await writeFile(mediaPath(place, header), media.bytes);
  const closing = { ...closed, why: 'the hour is over' };
  await writeFile(indexPath(place, header), indexText(header, { gaps: [], entries, closing }));
}
