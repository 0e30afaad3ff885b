import type { Clock } from '../../host/clock.ts';
import type { ArchiveDesk } from '../archive-calls.ts';
import type { ArchiveFigures } from '../archive-figures.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { AskedDisk } from '../disk/archive-disk.ts';
import { diskReason, StallError } from '../disk/stall.ts';
import { comparePacks, KEPT_FILE } from '../pack/pack-name.ts';
import { mediaPath } from '../pack/pack-reading.ts';
import { isKept, type KeptTimes, keep, mergedKept, NOTHING_KEPT, readKept, release } from '../retention/kept-times.ts';
import type { Verification } from '../verification/verification.ts';
import type {
  ArchiveOverview,
  KeepOrder,
  OperatorAnswer,
  OperatorCalls,
  PackOverview,
  RecordingsQuestion,
  StreamRecordings,
} from './operator-calls.ts';
import type { ReturnsDesk } from './returns-desk.ts';

export interface OperatorDeskParts {
  /** See `PromptDisk`. */
  readonly disk: AskedDisk;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly verification: Verification;
  readonly returns: ReturnsDesk;
  readonly figures: () => ArchiveFigures;
  /** @returns why the clock was in doubt; `undefined`: it was not. */
  readonly confirmClock: () => string | undefined;
}

type OperatorAnswers = Pick<ArchiveDesk, Exclude<keyof OperatorCalls, keyof ReturnsDesk> | 'kept'>;

/** A stream counts as recorded until so long after its last segment, because a segment is recorded only when it is closed. */
const RECORDED_WITHIN_MS = 60_000;
/** The most protected times of one stream: more are a mistake of a script. */
const MAX_KEPT = 1000;

/** Answers the questions of operators to the archive of this server. */
export class OperatorDesk implements OperatorAnswers {
  readonly #parts: OperatorDeskParts;
  /** The protected times of a stream are read and written one call after the other. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(parts: OperatorDeskParts) {
    this.#parts = parts;
  }

  readonly overview = (): ArchiveOverview => {
    const { catalogue, clock, figures, verification } = this.#parts;
    const recordedMs = clock.unixMs() - RECORDED_WITHIN_MS;
    const { roots, streams: counted, delayMs, waitingSegments, clockDoubt } = figures();
    const bytesOf = new Map(counted.map(({ stream, bytes }) => [stream, bytes]));
    const streams = catalogue.streams.toSorted().map((stream) => {
      const packs = catalogue.packs(stream);
      const bytes = bytesOf.get(stream) ?? 0;
      const untilMs = packs.reduce((latest, { endMs }) => Math.max(latest, endMs), 0);
      const fromMs = packs[0]?.startMs ?? untilMs;
      const isRecorded = packs.some(({ why, endMs }) => why === undefined && endMs > recordedMs);
      return { stream, packs: packs.length, bytes, fromMs, untilMs, isRecorded };
    });
    return { roots, streams, delayMs, waitingSegments, clockDoubt, verification: verification.state };
  };

  readonly recordings = async ({ stream, after, limit, ...time }: RecordingsQuestion): Promise<StreamRecordings> => {
    const { catalogue } = this.#parts;
    const kept = await this.#keptOf(stream);
    const all = catalogue.between(stream, time).toSorted(comparePacks);
    const later = after === undefined ? all : all.filter((pack) => isAfter(pack, after));
    const packs = later.slice(0, limit);
    const last = packs.at(-1);
    return {
      ...catalogue.timeline(stream, time),
      kept: kept.times,
      keptProblems: kept.problems,
      packs: packs.flatMap((pack) => this.#shown(stream, pack, isKept(kept, pack)) ?? []),
      next: later.length > packs.length && last !== undefined ? pageMark(last) : undefined,
    };
  };

  readonly kept: OperatorAnswers['kept'] = async ({ stream }) => (await this.#keptOf(stream)).times;

  readonly keep = ({ stream, id, fromMs, untilMs, note }: KeepOrder): Promise<OperatorAnswer> =>
    this.#inTurn(async () => {
      const { disk, catalogue } = this.#parts;
      const folders = this.#foldersOf(stream);
      if (folders.length === 0) return missing(stream);
      const { times, released } = await this.#keptOf(stream);
      // Another server that was away then protects it still, and gives it back with what it returns.
      if (released.includes(id)) return { is: 'done', why: 'it was released here, and stays so' };
      if (times.length >= MAX_KEPT) {
        return { is: 'refused', why: `${times.length} times of ${stream} are kept already: release some` };
      }
      // On each of them, so that it is known while another one is away.
      await onSome(folders, async (folder) => {
        await keep(disk, folder, { id, fromMs, untilMs, note });
        return true;
      });
      const packs = catalogue.between(stream, { fromMs, untilMs }).length;
      return { is: 'done', why: `${counted(packs)} of that time, and what is still recorded of it` };
    });

  readonly release = ({ stream, id }: { readonly stream: string; readonly id: string }): Promise<OperatorAnswer> =>
    this.#inTurn(async () => {
      const { disk } = this.#parts;
      const isFound = await onSome(this.#foldersOf(stream), async (folder) => {
        const { times } = await readKept(disk, folder);
        if (!times.some((time) => time.id === id)) return false;
        await release(disk, folder, id);
        return true;
      });
      if (!isFound) return { is: 'missing', why: `no kept time of ${stream} has the id ${id}` };
      return { is: 'done', why: 'it is kept no longer than everything else' };
    });

  readonly verify: OperatorAnswers['verify'] = (order) => {
    const { verification, catalogue } = this.#parts;
    const { stream } = order;
    if (stream !== undefined && catalogue.packs(stream).length === 0) return missing(stream);
    const problem = verification.order(order);
    if (problem !== undefined) return { is: 'refused', why: problem };
    return {
      is: 'done',
      why: `${counted(verification.state.order?.packs ?? 0)} of ${stream ?? 'all streams'} to be read back`,
    };
  };

  readonly cancelVerification: OperatorAnswers['cancelVerification'] = (): OperatorAnswer =>
    this.#parts.verification.cancel()
      ? { is: 'done', why: 'nothing more of it is read' }
      : { is: 'missing', why: 'no verification that was ordered is under way' };

  readonly confirmClock: OperatorAnswers['confirmClock'] = (): OperatorAnswer => {
    const doubt = this.#parts.confirmClock();
    if (doubt === undefined) return { is: 'missing', why: 'the clock is not in doubt' };
    return { is: 'done', why: `recordings are removed by their age again, although ${doubt}` };
  };

  readonly suspect: OperatorAnswers['suspect'] = ({ stream, epoch, number }) => {
    this.#parts.verification.suspect(stream, epoch, number);
    return true;
  };

  #shown(stream: string, pack: HeldPack, isKeptOne: boolean): PackOverview | undefined {
    const { catalogue, verification, returns } = this.#parts;
    const place = catalogue.placeOf(stream, pack.root);
    if (place === undefined) return undefined;
    const { startMs, endMs, epoch, firstNumber, lastNumber, bytes, why, root } = pack;
    return {
      ...{ fromMs: startMs, untilMs: endMs, root, file: mediaPath(place, pack) },
      ...{ epoch, firstNumber, lastNumber, bytes, why, isAway: catalogue.isAway(stream, pack), isKept: isKeptOne },
      ...returns.copyOf(stream, pack),
      rotten: verification.rotten.partsOf(root, stream, pack),
    };
  }

  async #keptOf(stream: string): Promise<KeptTimes> {
    const each = this.#foldersOf(stream).map(async (folder): Promise<KeptTimes> => {
      try {
        return await readKept(this.#parts.disk, folder);
      } catch (error) {
        if (!(error instanceof StallError)) throw error;
        return { ...NOTHING_KEPT, problems: [`${folder}/${KEPT_FILE} cannot be read: ${diskReason(error)}`] };
      }
    });
    return mergedKept(await Promise.all(each));
  }

  /** The stream's, on the roots that have something of it and can be read. */
  #foldersOf(stream: string): readonly string[] {
    const { catalogue } = this.#parts;
    const roots = new Set(catalogue.packs(stream).map(({ root }) => root));
    return [...roots].flatMap((root) => {
      const folder = catalogue.isRootAway(root) ? undefined : catalogue.placeOf(stream, root)?.folder;
      return folder ?? [];
    });
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(task);
    this.#writing = done.catch(() => {});
    return done;
  }
}

/**
 * Does it in each of the folders, as far as their disks answer.
 *
 * @returns whether it was done in one. @throws StallError: it was done in none, and one has not answered; and what the task rejects with.
 */
async function onSome(folders: readonly string[], task: (folder: string) => Promise<boolean>): Promise<boolean> {
  let isDone = false;
  let stall: StallError | undefined;
  for (const folder of folders) {
    try {
      isDone = (await task(folder)) || isDone;
    } catch (error) {
      if (!(error instanceof StallError)) throw error;
      stall = error;
    }
  }
  if (!isDone && stall !== undefined) throw stall;
  return isDone;
}

function counted(packs: number): string {
  return packs === 1 ? '1 pack' : `${packs} packs`;
}

function missing(stream: string): OperatorAnswer {
  return { is: 'missing', why: `nothing of ${stream} is recorded here` };
}

/** `<start>-<epoch>-<first number>`: packs of a stream are in the order of their starts. */
function pageMark({ startMs, epoch, firstNumber }: HeldPack): string {
  return `${startMs}-${epoch}-${firstNumber}`;
}

function isAfter(pack: HeldPack, after: string): boolean {
  const [startMs = 0, epoch = 0, firstNumber = 0] = after.split('-').map(Number);
  return comparePacks(pack, { startMs, epoch, firstNumber }) > 0;
}
