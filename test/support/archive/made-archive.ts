import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type {
  ArchiveDesk,
  Holding,
  SegmentBlock,
  SegmentPlace,
  SegmentQuestion,
  TimeQuestion,
  ToDesk,
} from '../../../src/archive/archive-calls.ts';
import { ArchiveClient } from '../../../src/archive/archive-client.ts';
import { answerOf } from '../../../src/archive/archive-desk.ts';
import type { KeptTime } from '../../../src/archive/retention/kept-times.ts';

export const MADE_SEGMENT_MS = 2000;

/** A pack of segments of 2 s. */
export interface MadePack {
  readonly stream: string;
  readonly epoch: number;
  readonly first: number;
  readonly count: number;
  readonly startMs: number;
  readonly isContinued?: boolean;
  readonly isAway?: boolean;
  /** It is told as there, but its disk does not answer. */
  readonly isHanging?: boolean;
  /** It was erased, since this server has it. */
  readonly returnedTo?: string;
  readonly gaps?: Holding['gaps'];
  /** Its media, and how many bytes each segment has in it; without, it has none that could be read. */
  readonly media?: { readonly file: string; readonly sizes: readonly number[]; readonly hashes?: readonly string[] };
}

/** An archive without a disk, that answers by a real port what its packs, which may be changed, have. */
export class MadeArchive implements Disposable {
  readonly packs: MadePack[];
  readonly kept: KeptTime[] = [];
  readonly client = new ArchiveClient();
  /** The calls in the order in which they came. */
  readonly asked: string[] = [];
  /** Questions are answered when it has resolved. */
  hold: Promise<void> = Promise.resolve();
  readonly #ports: MessagePort[] = [];

  constructor(packs: readonly MadePack[]) {
    this.packs = [...packs];
    this.client.connect(this.port());
  }

  /** Another thread asks it by this one. */
  port(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#ports.push(port2);
    const desk = this.#desk();
    port2.on('message', async (asked: ToDesk) => {
      this.asked.push(asked.call);
      await this.hold;
      port2.postMessage(await answerOf(desk, asked));
    });
    return port1;
  }

  [Symbol.dispose](): void {
    for (const port of this.#ports) port.close();
  }

  #desk(): ArchiveDesk {
    const of = ({ stream, fromMs, untilMs }: TimeQuestion) =>
      this.packs.filter((pack) => pack.stream === stream && pack.startMs < untilMs && endMsOf(pack) > fromMs);
    const desk: Partial<ArchiveDesk> = {
      streams: () => [...new Set(this.packs.map(({ stream }) => stream))],
      kept: () => this.kept,
      holdings: (question) => of(question).map(holdingOf),
      segments: (question) => of(question).flatMap((pack) => (isReadable(pack) ? blockOf(pack, question) : [])),
      locate: (question) => this.packs.map((pack) => placeIn(pack, question)).find((place) => place !== undefined),
    };
    // What operators ask is not asked of it.
    return desk as ArchiveDesk;
  }
}

function isReadable({ isAway, isHanging, returnedTo }: MadePack): boolean {
  return !isAway && !isHanging && returnedTo === undefined;
}

function placeIn(pack: MadePack, { stream, epoch, number }: SegmentQuestion): SegmentPlace | undefined {
  const index = number - pack.first;
  const bytes = pack.media?.sizes[index];
  if (pack.stream !== stream || pack.epoch !== epoch || pack.media === undefined || bytes === undefined)
    return undefined;
  const at = pack.media.sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
  return { root: '/root', file: pack.media.file, at, bytes, sha256: pack.media.hashes?.[index] };
}

export function endMsOf({ startMs, count }: MadePack): number {
  return startMs + count * MADE_SEGMENT_MS;
}

function holdingOf(pack: MadePack): Holding {
  const { epoch, first, count, startMs, returnedTo, isAway = returnedTo !== undefined, gaps = [] } = pack;
  return {
    ...{ epoch, firstNumber: first, lastNumber: first + count - 1, bytes: count * 1000, home: 's01', gaps, isAway },
    ...{ fromMs: startMs, untilMs: endMsOf(pack), why: 'the hour is over', returnedTo },
  };
}

function blockOf(pack: MadePack, { fromMs, untilMs }: TimeQuestion): readonly SegmentBlock[] {
  const { epoch, first, count, startMs, isContinued = false } = pack;
  const within = Array.from({ length: count }, (_, index) => index).filter((index) => {
    const atMs = startMs + index * MADE_SEGMENT_MS;
    return atMs < untilMs && atMs + MADE_SEGMENT_MS > fromMs;
  });
  if (within.length === 0) return [];
  return [
    {
      epoch,
      isContinued: isContinued || within[0] !== 0,
      isOpen: false,
      numbers: Float64Array.from(within, (index) => first + index),
      startsMs: Float64Array.from(within, (index) => startMs + index * MADE_SEGMENT_MS),
      durationsMs: Float64Array.from(within, () => MADE_SEGMENT_MS),
      bytes: Float64Array.from(within, (index) => pack.media?.sizes[index] ?? 1000),
    },
  ];
}
