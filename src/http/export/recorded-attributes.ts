import { ByteLayout } from '../../archive/export/byte-layout.ts';
import { runsOf } from '../../archive/export/export-runs.ts';
import type { RecordedPart } from '../../archive/playback/recorded-part.ts';
import { FORMAT_BYTES, formatOf, type MediaAttributes } from '../../media/format/stream-format.ts';
import type { SegmentReader } from './segment-reader.ts';

/** A playlist does not wait longer for a disk or for another server: players do without what it would say. */
const READ_WITHIN_MS = 2000;
/** A source that fails again and again has a run for each time. */
const MAX_RUNS = 4;

/** What a multivariant playlist can say of all of `parts`: nothing, if the picture or the sound changes within them. */
export async function recordedAttributes(
  reader: Pick<SegmentReader, 'whole'>,
  stream: string,
  parts: readonly RecordedPart[],
): Promise<MediaAttributes> {
  const runs = runsOf(parts);
  if (runs.length > MAX_RUNS) return {};
  const signal = AbortSignal.timeout(READ_WITHIN_MS);
  const looks = runs.map(async ({ first }) => {
    const [piece] = ByteLayout.of([{ ...first, count: 1 }])?.pieces({ first: 0, last: FORMAT_BYTES - 1 }) ?? [];
    return piece && formatOf(await reader.whole(stream, piece, signal));
  });
  const formats = await Promise.all(looks).catch(() => []);
  const [format] = formats;
  return format !== undefined && formats.every((other) => other?.key === format.key) ? format.attributes : {};
}
