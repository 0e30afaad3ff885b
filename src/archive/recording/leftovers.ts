import { formsOf, parseStreamName } from '../../domain/definition/stream-name.ts';
import type { Segment } from '../../domain/segments/segment.ts';
import { parseSegmentName, type SegmentId } from '../../media/segment-name.ts';
import { TransportScan, wholePacketBytes } from '../../media/transport-stream.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { diskReason } from '../disk/stall.ts';

const MAX_SEGMENT_MS = 600_000;
/** A segment is read as a whole; ffmpeg writes none that is larger. */
export const MAX_SEGMENT_BYTES = 256 * 1024 ** 2;

export interface LeftoversQuestion {
  readonly disk: ArchiveDisk;
  /** `<data_dir>/live` */
  readonly liveFolder: string;
  readonly stream: string;
  /** Of the files in its folder, as they were when the earlier run had ended. */
  readonly names: readonly string[];
  /** Whether the archive has all of it. */
  readonly isRecorded: (segment: SegmentId) => boolean;
  /** When the recorded segment before it ended; `undefined`: there is none. */
  readonly endBefore: (segment: SegmentId) => number | undefined;
  readonly segmentMs: number;
  /** Nothing writes into the live folder any more, so that the last file is as long as it will ever be. */
  readonly capturesHaveEnded: boolean;
  /** Each names its file. */
  readonly onProblem: (problem: string) => void;
}

interface LiveFile extends SegmentId {
  readonly path: string;
}

/**
 * The segments that an earlier run left in the live folder and that no pack has: what ffmpeg had written when the process ended, the segment
 * that it was writing too, which is cut after its last whole packet.
 *
 * Their times are not known any more. Each begins where the segment before it ended; for the first one the archive knows that time. If it
 * does not, the time of the file is used.
 */
export async function leftoversOf(question: LeftoversQuestion): Promise<readonly Segment[]> {
  const { disk, endBefore, onProblem } = question;
  const segments: Segment[] = [];
  let before: { readonly epoch: number; readonly number: number; readonly endMs: number } | undefined;
  for (const file of liveFiles(question)) {
    const isNext = before?.epoch === file.epoch && before.number === file.number - 1;
    const endMs = isNext ? before?.endMs : endBefore(file);
    const content = await playableOf(disk, file.path, question.segmentMs).catch((error: unknown) =>
      onProblem(notRecorded(file.path, error)),
    );
    if (content === undefined) continue;
    const { bytes, durationMs, modifiedMs } = content;
    const startMs = endMs ?? Math.max(0, Math.round(modifiedMs) - durationMs);
    const { epoch, number, path } = file;
    before = { epoch, number, endMs: startMs + durationMs };
    segments.push({
      stream: question.stream,
      epoch,
      number,
      discontinuity: endMs === undefined,
      startMs,
      durationMs,
      bytes,
      file: path,
    });
  }
  return segments;
}

/** Those that no pack has, in order. */
function liveFiles({
  liveFolder,
  stream,
  names,
  isRecorded,
  capturesHaveEnded,
}: LeftoversQuestion): readonly LiveFile[] {
  const name = parseStreamName(stream);
  if (name === undefined) return [];
  const folder = `${liveFolder}/${formsOf(name).folder}`;
  const files: LiveFile[] = [];
  for (const each of names) {
    const id = parseSegmentName(each);
    if (id !== undefined) files.push({ ...id, path: `${folder}/${each}` });
  }
  files.sort((one, other) => one.epoch - other.epoch || one.number - other.number);
  if (!capturesHaveEnded) files.pop();
  return files.filter((file) => !isRecorded(file));
}

async function playableOf(disk: ArchiveDisk, path: string, segmentMs: number) {
  const look = await disk.look(path);
  if (look === undefined || look.bytes > MAX_SEGMENT_BYTES) return undefined;
  const content = await disk.read(path, 0, look.bytes);
  const bytes = wholePacketBytes(content);
  const scan = new TransportScan();
  scan.push(content.subarray(0, bytes));
  // The whole file is one segment, whatever its length.
  const [piece] = scan.pieces(Number.MAX_SAFE_INTEGER);
  const durationMs = piece === undefined || piece.durationMs > MAX_SEGMENT_MS ? segmentMs : piece.durationMs;
  if (bytes === 0) return undefined;
  return { bytes, durationMs, modifiedMs: look.modifiedMs };
}

function notRecorded(path: string, error: unknown): string {
  return `${path}, which an earlier run left, could not be recorded: ${diskReason(error)}`;
}
