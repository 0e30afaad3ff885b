import { ByteLayout } from '../../archive/export/byte-layout.ts';
import { type ExportRun, runsOf } from '../../archive/export/export-runs.ts';
import type { RecordedPart } from '../../archive/playback/recorded-part.ts';
import { fmp4Codecs, headOf, isForFmp4, type SegmentHead } from '../../media/fmp4/segment-head.ts';
import { FORMAT_BYTES, formatOf, type StreamFormat } from '../../media/format/stream-format.ts';
import type { RecordedVariants } from '../archive/archive-lists.ts';
import type { SegmentReader } from './segment-reader.ts';

/** A playlist does not wait longer for a disk or for another server: players do without what it would say. */
const READ_WITHIN_MS = 2000;
/** A source that fails again and again has a run for each time. */
const MAX_RUNS = 4;

/** What a multivariant playlist can say of `parts`, by the first segment of each run: attributes only if nothing changes within them. */
export async function recordedVariants(
  reader: Pick<SegmentReader, 'whole'>,
  stream: string,
  parts: readonly RecordedPart[],
): Promise<RecordedVariants> {
  const runs = runsOf(parts.filter(({ isAvailable }) => isAvailable));
  const isEach = runs.length <= MAX_RUNS;
  // A change in between is not noticed then.
  const looked = isEach ? runs : [...runs.slice(0, MAX_RUNS / 2), ...runs.slice(-MAX_RUNS / 2)];
  const signal = AbortSignal.timeout(READ_WITHIN_MS);
  const looks = await Promise.all(looked.map((run) => lookedAt(reader, stream, run, signal))).catch(() => []);
  const [first] = looks;
  const isSame = isEach && looks.every(({ format }) => format?.key === first?.format?.key);
  const { format, head } = (isSame ? first : undefined) ?? {};
  const mpegts = format?.attributes ?? {};
  const fmp4 = head?.hasAll === true ? { ...mpegts, codecs: fmp4Codecs(head) } : {};
  return { mpegts, fmp4, isForFmp4: isForFmp4(looks.flatMap((look) => look.head ?? [])) };
}

async function lookedAt(
  reader: Pick<SegmentReader, 'whole'>,
  stream: string,
  { first }: ExportRun,
  signal: AbortSignal,
): Promise<{ readonly format?: StreamFormat | undefined; readonly head?: SegmentHead | undefined }> {
  const [piece] = ByteLayout.of([{ ...first, count: 1 }])?.pieces({ first: 0, last: FORMAT_BYTES - 1 }) ?? [];
  if (piece === undefined) return {};
  const bytes = await reader.whole(stream, piece, signal);
  return { format: formatOf(bytes), head: headOf(bytes) };
}
