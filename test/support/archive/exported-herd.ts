import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTools } from '../../../src/actors/ffmpeg/tools.ts';
import { keyFrames } from '../../../src/actors/key-frames.ts';
import { mp4s } from '../../../src/actors/mp4-export.ts';
import { segmentHash } from '../../../src/archive/pack/pack-reading.ts';
import { extracts } from '../../../src/http/export/extracts.ts';
import { recordedVariants } from '../../../src/http/export/recorded-variants.ts';
import { SegmentReader } from '../../../src/http/export/segment-reader.ts';
import { madeSegments } from '../segments.ts';
import type { MadePack } from './made-archive.ts';
import { type MadeServer, madeHerd } from './made-herd.ts';

const tools = await findTools();

/** When the recordings begin, Unix. */
export const START_S = 1_795_327_200;
/** For a place. */
const WAIT_MS = 300;
type Packs = Readonly<Record<string, readonly MadePack[]>>;

/** Segments of 2 s of one run, as a pack that begins so many seconds after the start. */
export async function pack(
  folder: string,
  { epoch, atS, ...run }: { epoch: number; atS: number } & Parameters<typeof madeSegments>[0],
): Promise<{ readonly pack: MadePack; readonly bytes: Buffer }> {
  const segments = await madeSegments(run);
  const file = join(folder, `${epoch}.ts`);
  await writeFile(file, Buffer.concat(segments));
  const sizes = segments.map(({ length }) => length);
  const hashes = segments.map(segmentHash);
  const first = epoch * 1000;
  return {
    pack: {
      stream: 'gate/cam01',
      epoch,
      first,
      count: sizes.length,
      startMs: (START_S + atS) * 1000,
      media: { file, sizes, hashes },
    },
    bytes: Buffer.concat(segments),
  };
}

/** Servers that have these recordings, and give files and previews of them. */
export function herdOf(packs: Packs, extra: { readonly mp4Of?: ReturnType<typeof mp4s> } = {}) {
  return madeHerd(packs, {
    extractOf: (options) =>
      extracts({
        reader: new SegmentReader(options),
        mp4Of: extra.mp4Of ?? mp4s(tools),
        keyFramesOf: keyFrames(tools),
        waitMs: WAIT_MS,
      }),
    variantsOf: (options) => (stream, parts) => recordedVariants(new SegmentReader(options), stream, parts),
  });
}

export function only<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('there is none');
  return first;
}

/** Of the one stream. */
export async function get({ url }: MadeServer, leaf: string, init: RequestInit = {}) {
  const response = await fetch(`${url}/gate/cam01/${leaf}`, init);
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}
