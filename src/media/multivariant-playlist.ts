import type { MediaAttributes } from './format/stream-format.ts';

/** What a multivariant playlist says of a stream. */
export interface Variant extends Bandwidth, MediaAttributes {}

export interface Bandwidth {
  readonly peakBps: number;
  /** Absent: nothing has been measured yet. */
  readonly averageBps?: number;
}

/** The same media by several ways, the best first. */
export interface Ways {
  readonly uris: readonly string[];
  readonly variant: Variant;
}

/**
 * A multivariant playlist of one stream.
 *
 * @param sound the sound alone, for players that cannot take the picture
 */
export function multivariantText(uris: readonly string[], variant: Variant, sound?: Ways): string {
  const ways = [{ uris, variant }, ...(sound === undefined ? [] : [sound])];
  const head = ['#EXTM3U', '#EXT-X-VERSION:3', ...(variant.isIndependent ? ['#EXT-X-INDEPENDENT-SEGMENTS'] : [])];
  return `${[...head, ...ways.flatMap(variantLines)].join('\n')}\n`;
}

/**
 * Equal attributes are what makes later entries redundant variants of the first (RFC 8216 §6.2.4): players change to them when the
 * first fails, and only then.
 */
function variantLines({ uris, variant }: Ways): readonly string[] {
  const attributes = attributesText(variant);
  return uris.flatMap((uri) => [`#EXT-X-STREAM-INF:${attributes}`, uri]);
}

function attributesText({ peakBps, averageBps, size, frameRate, codecs }: Variant): string {
  return [
    `BANDWIDTH=${peakBps}`,
    ...(averageBps === undefined ? [] : [`AVERAGE-BANDWIDTH=${averageBps}`]),
    ...(codecs === undefined ? [] : [`CODECS="${codecs}"`]),
    ...(size === undefined ? [] : [`RESOLUTION=${size.width}x${size.height}`]),
    ...(frameRate === undefined ? [] : [`FRAME-RATE=${frameRate.toFixed(3)}`]),
  ].join(',');
}

/** Shares of the target duration: the rate of a stream is judged over pieces of that length (RFC 8216 §4.1). */
const [LEAST_SHARE, MOST_SHARE] = [0.5, 1.5];

/** The highest rate of any piece of the list that is about as long as the target duration: one short segment is no rate. */
export function peakBpsOf(
  segments: readonly { readonly bytes: number; readonly durationMs: number }[],
  targetMs: number,
): number {
  let peak = 0;
  for (const index of segments.keys()) {
    let [bytes, ms] = [0, 0];
    for (const segment of segments.slice(index)) {
      bytes += segment.bytes;
      ms += segment.durationMs;
      // One that is longer than any piece may be is a piece by itself.
      if (ms > targetMs * MOST_SHARE && ms > segment.durationMs) break;
      if (ms >= targetMs * LEAST_SHARE) peak = Math.max(peak, (bytes * 8000) / Math.max(1, ms));
    }
  }
  return Math.ceil(peak);
}
