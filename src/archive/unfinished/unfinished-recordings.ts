import type { Clock } from '../../host/clock.ts';
import type { SegmentId } from '../../media/segment-name.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { answering, diskReason, StallError } from '../disk/stall.ts';
import { DEFAULT_SEGMENT_MS, mediaPath, type PackPlace, readPack } from '../pack/pack-reading.ts';
import { leftoversOf } from '../recording/leftovers.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { TellRecorder } from '../recording/recorder-event.ts';
import { sealPack } from '../recording/sealing.ts';
import type { Recording } from '../recording/waiting-segments.ts';

export interface UnfinishedOptions {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly recorder: Recorder;
  /** `<data_dir>/live` */
  readonly liveFolder: string;
  /** How a stream is to be recorded; `undefined`: no definition that is known says it. */
  readonly recordingOf: (stream: string) => Recording | undefined;
  readonly capturesHaveEnded: boolean;
  /** The names of the files that were in the live folder at the start, by stream. */
  readonly left: ReadonlyMap<string, readonly string[]>;
  /** Whether it was captured since then: it is no leftover, and its pack is not to be closed. */
  readonly isOfThisRun: (stream: string, segment: SegmentId) => boolean;
  /** The pack of it that was erased here, since its home has it: it is recorded, and not to be recorded once more. */
  readonly returnedWith: (stream: string, segment: SegmentId) => { readonly endMs: number } | undefined;
  /** Nothing of the stream is left in the live folder. */
  readonly onFiled: (stream: string) => void;
  /** Waits until so many bytes may be read. */
  readonly pace: (bytes: number) => Promise<void>;
  /** Of packs that are closed now. */
  readonly tell: TellRecorder;
  readonly onProblem: (problem: string) => void;
}

const LEFT = 'the server ended before it could record it';
const ANSWER_WITHIN_MS = 10_000;

/** The work that an end of the server had left unfinished. */
export interface FinishedRecordings {
  /** Segments of the live folder that are recorded now. */
  readonly filedSegments: number;
  /** Packs that are closed now. */
  readonly closedPacks: number;
}

/**
 * Finishes the work of an earlier run: records the segments that it left in the live folder, and closes its packs.
 *
 * @param open what `Catalogue.load` says was not closed.
 */
export async function finishRecordings(
  options: UnfinishedOptions,
  open: readonly HeldPack[],
): Promise<FinishedRecordings> {
  const { disk, clock, catalogue, left, onFiled, onProblem, pace } = options;
  const known = await certainPacks(options, open);
  let filedSegments = 0;
  for (const stream of left.keys()) {
    try {
      filedSegments += await fileLeftovers(options, stream, known);
    } catch (error) {
      onProblem(`what an earlier run left of ${stream} could not be recorded: ${diskReason(error)}`);
    }
    onFiled(stream);
  }
  let closedPacks = 0;
  for (const { stream, pack } of known) {
    const place = catalogue.placeOf(stream, pack.root);
    // The recorder has begun it again, where it had only a part of the first segment.
    if (place === undefined || !catalogue.packs(stream).includes(pack)) continue;
    try {
      const sealed = await sealPack({ disk, clock, place, id: pack, pace });
      for (const problem of sealed.problems) onProblem(problem);
      if (sealed.is === 'empty') catalogue.removed(stream, pack);
      if (sealed.is !== 'closed') continue;
      options.tell({ type: 'pack.closed', stream, root: pack.root, facts: sealed.facts, sha256: sealed.sha256 });
      closedPacks += 1;
    } catch (error) {
      closeLater(options, place, pack, error);
    }
  }
  return { filedSegments, closedPacks };
}

interface OpenHeld {
  readonly stream: string;
  readonly pack: HeldPack;
  /** Of the segments that its index describes: the last one of its media may have been cut off. */
  readonly numbers: ReadonlySet<number>;
  readonly endMs: number;
  readonly recording: Recording;
}

/** Those that can be read. Of the others what is known without that has to do, and they are closed later. */
async function certainPacks(options: UnfinishedOptions, open: readonly HeldPack[]): Promise<readonly OpenHeld[]> {
  const { catalogue, recorder, isOfThisRun } = options;
  const certain: OpenHeld[] = [];
  /** Roots of which a call had no answer: each of their packs would be waited for as long. */
  const hanging = new Map<string, StallError>();
  for (const stream of catalogue.streams) {
    for (const pack of catalogue.packs(stream)) {
      const { root, epoch, firstNumber } = pack;
      const place = catalogue.placeOf(stream, root);
      if (place === undefined || !open.includes(pack) || isOfThisRun(stream, { epoch, number: firstNumber })) continue;
      if (recorder.closesLater({ root, place, id: pack })) continue;
      try {
        const stall = hanging.get(root);
        if (stall !== undefined) throw stall;
        certain.push(await openHeld(options, place, pack));
      } catch (error) {
        if (error instanceof StallError) hanging.set(root, error);
        closeLater(options, place, pack, error);
      }
    }
  }
  return certain;
}

async function openHeld({ disk, clock }: UnfinishedOptions, place: PackPlace, pack: HeldPack): Promise<OpenHeld> {
  const { header, entries } = await readPack(answering(disk, clock, ANSWER_WITHIN_MS), place, pack);
  const indexed = entries.filter(({ sha256 }) => sha256 !== undefined);
  const last = indexed.at(-1);
  const endMs = last === undefined ? pack.startMs : last.startMs + last.durationMs;
  const { home, segmentMs, keepMs } = header;
  const numbers = new Set(indexed.map(({ number }) => number));
  return { stream: place.stream, pack, numbers, endMs, recording: { home, segmentMs, keepMs } };
}

function closeLater(
  { recorder, onProblem }: UnfinishedOptions,
  place: PackPlace,
  pack: HeldPack,
  error: unknown,
): void {
  onProblem(`${mediaPath(place, pack)} could not be closed, and is tried again: ${diskReason(error)}`);
  recorder.closeLater({ root: pack.root, place, id: pack });
}

/** @returns how many. */
async function fileLeftovers(options: UnfinishedOptions, stream: string, known: readonly OpenHeld[]): Promise<number> {
  const { disk, catalogue, recorder, liveFolder, left, isOfThisRun, recordingOf, capturesHaveEnded, onProblem } =
    options;
  const returnedWith = (epoch: number, number: number) => options.returnedWith(stream, { epoch, number });
  const open = known.filter((held) => held.stream === stream);
  const closed = catalogue.packs(stream).filter((pack) => !open.some((held) => held.pack === pack));
  const ends = open.map(({ pack, numbers, endMs }) => ({ epoch: pack.epoch, number: Math.max(...numbers), endMs }));
  const [newest] = catalogue.packs(stream).slice(-1);
  const ofPack = newest && { home: newest.home, keepMs: newest.keepMs, segmentMs: DEFAULT_SEGMENT_MS };
  const recording = recordingOf(stream) ?? open.at(-1)?.recording ?? ofPack;
  let filed = 0;
  if (recording === undefined) return filed;
  const segments = await leftoversOf({
    disk,
    liveFolder,
    stream,
    names: left.get(stream) ?? [],
    segmentMs: recording.segmentMs,
    capturesHaveEnded,
    onProblem,
    isRecorded: ({ epoch, number }) =>
      isOfThisRun(stream, { epoch, number }) ||
      returnedWith(epoch, number) !== undefined ||
      closed.some((pack) => pack.epoch === epoch && pack.firstNumber <= number && number <= pack.lastNumber) ||
      open.some(({ pack, numbers }) => pack.epoch === epoch && numbers.has(number)),
    endBefore: ({ epoch, number }) =>
      [...ends, ...closed.map((pack) => ({ ...pack, number: pack.lastNumber }))].find(
        (end) => end.epoch === epoch && end.number === number - 1,
      )?.endMs ?? returnedWith(epoch, number - 1)?.endMs,
  });
  for (const segment of segments) {
    recorder.offer(segment, recording);
    // One after the other: they are more than may wait.
    await recorder.idle(stream);
    const { epoch, number } = segment;
    const isStored = catalogue.find(stream, epoch, number).some((pack) => open.every((held) => held.pack !== pack));
    if (isStored) filed += 1;
  }
  // If it is captured elsewhere now, nothing that comes later would close the pack, and an open one does not return to its home.
  if (capturesHaveEnded && segments.length > 0) recorder.end(stream, LEFT);
  return filed;
}
