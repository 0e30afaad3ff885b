import type { PacksByStream } from '../catalogue/packs-by-stream.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import { comparePacks, type PackId } from '../pack/pack-name.ts';

export interface StreamPack {
  readonly stream: string;
  readonly pack: HeldPack;
}

/**
 * The packs of all streams that are wanted, the oldest first, from behind `after` on: as few are looked at as are taken, and of the others
 * only the next of each stream.
 */
export function* oldestFirst(
  all: Pick<PacksByStream, 'streams' | 'packs'>,
  isWanted: (stream: string, pack: HeldPack) => boolean,
  after?: string,
): Generator<StreamPack> {
  const from = after === undefined ? undefined : parseMark(after);
  const heads = all.streams.flatMap((stream) => {
    const left = packsOf(all.packs(stream), stream, from, isWanted);
    const { value } = left.next();
    return value === undefined ? [] : [{ stream, left, pack: value }];
  });
  while (heads.length > 0) {
    let oldest = 0;
    for (let at = 1; at < heads.length; at += 1) if (order(heads[at], heads[oldest]) < 0) oldest = at;
    const head = heads[oldest];
    if (head === undefined) return;
    yield { stream: head.stream, pack: head.pack };
    const { value } = head.left.next();
    if (value === undefined) heads.splice(oldest, 1);
    else head.pack = value;
  }
}

/** What the page after this pack is asked for with. */
export function pageMark({ stream, pack: { startMs, epoch, firstNumber } }: StreamPack): string {
  return `${startMs}-${epoch}-${firstNumber}-${stream}`;
}

interface Mark {
  readonly stream: string;
  readonly pack: PackId;
}

/** `undefined`: it is none, so the first page is given. */
function parseMark(mark: string): Mark | undefined {
  const [, startMs, epoch, firstNumber, stream] = /^(\d{1,15})-(\d{1,15})-(\d{1,15})-(.+)$/.exec(mark) ?? [];
  if (stream === undefined) return undefined;
  return { stream, pack: { startMs: Number(startMs), epoch: Number(epoch), firstNumber: Number(firstNumber) } };
}

function* packsOf(
  packs: readonly HeldPack[],
  stream: string,
  from: Mark | undefined,
  isWanted: (stream: string, pack: HeldPack) => boolean,
): Generator<HeldPack, undefined> {
  // Those that begin at one time are in any order.
  for (let at = 0; at < packs.length; ) {
    const startMs = packs[at]?.startMs;
    let next = at + 1;
    while (next < packs.length && packs[next]?.startMs === startMs) next += 1;
    const together = next === at + 1 ? packs.slice(at, next) : packs.slice(at, next).sort(comparePacks);
    for (const pack of together) {
      if ((from === undefined || order({ stream, pack }, from) > 0) && isWanted(stream, pack)) yield pack;
    }
    at = next;
  }
  return undefined;
}

function order(one: Mark | undefined, other: Mark | undefined): number {
  if (one === undefined || other === undefined) return 0;
  return comparePacks(one.pack, other.pack) || (one.stream < other.stream ? -1 : one.stream > other.stream ? 1 : 0);
}
