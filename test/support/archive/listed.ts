import type { ListedSegments } from '../../../src/archive/catalogue/listed-segments.ts';

export interface TestListed {
  readonly epoch: number;
  readonly number: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly media: string;
  readonly at: number;
  readonly bytes: number;
  readonly sha256?: string | undefined;
}

/** Every segment of a list with the place of its bytes, as a player would come by them. @throws Error where one is listed and nowhere. */
export async function listedOf(
  listed: ListedSegments,
  stream: string,
  bounds = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER },
): Promise<readonly TestListed[]> {
  const segments: TestListed[] = [];
  for (const { epoch, numbers, startsMs, durationsMs, bytes } of await listed.blocks(stream, bounds)) {
    for (const [index, number] of numbers.entries()) {
      const place = await listed.locate(stream, epoch, number);
      if (place === undefined || place.bytes !== bytes[index])
        throw new Error(`${epoch}-${number} is listed, and not to be had`);
      const [startMs = 0, durationMs = 0] = [startsMs[index], durationsMs[index]];
      const { file: media, at, sha256 } = place;
      segments.push({ epoch, number, startMs, durationMs, media, at, bytes: place.bytes, sha256 });
    }
  }
  return segments;
}
