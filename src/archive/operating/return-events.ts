import type { Told } from '../../domain/herd-event.ts';
import { isoTime } from '../../domain/text/iso-time.ts';
import { printDurationMs, roughBytes } from '../../domain/text/units.ts';
import { packStem } from '../pack/pack-name.ts';
import type { HolderTold, OwingTold, PackSum, PullingTold, ReturnsTold, StuckPack } from './returns-told.ts';

const MINUTE_MS = 60_000;
/** A disk that refuses everything is one problem, and not one for each of its packs. */
const MAX_STUCK_A_MINUTE = 10;
const NOTHING: PackSum = { packs: 0, bytes: 0 };

interface Holder {
  /** What had come from it before this return. */
  readonly before: PackSum;
  readonly sinceMs: number;
  /** What had come when progress was told last. */
  told: PackSum;
}

/** Tells people how the return goes, from what operators could read at any time. So no part of the return has to tell anything itself. */
export class ReturnEvents {
  readonly #tell: (told: Told) => void;
  readonly #now: () => number;
  /** Those from which something has begun to return, and not all has. */
  readonly #holders = new Map<string, Holder>();
  /** What had come from each when it was looked at last: a short return begins and ends between two looks. */
  readonly #seen = new Map<string, { readonly returned: PackSum; readonly atMs: number }>();
  /** What is stuck and was told. */
  #stuck = new Set<string>();
  #stuckThisMinute = 0;
  /** By home: what had been released and adopted when it was told last. */
  readonly #gone = new Map<string, Pick<OwingTold, 'released' | 'adopted'>>();
  #minuteMs: number;
  /** Of a pause that was told. */
  #pausedSinceMs: number | undefined;

  /** @param now the monotonic clock. */
  constructor(tell: (told: Told) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
    this.#minuteMs = now();
  }

  /** To be called every few seconds. */
  take({ pulling, owing }: ReturnsTold): void {
    const nowMs = this.#now();
    const isMinute = nowMs - this.#minuteMs >= MINUTE_MS;
    if (isMinute) {
      this.#minuteMs = nowMs;
      this.#stuckThisMinute = 0;
    }
    this.#tellPause(pulling);
    for (const holder of pulling.from) this.#holder(holder, pulling, isMinute);
    this.#tellStuck(pulling.stuck);
    if (isMinute) for (const home of owing) this.#tellGone(home);
  }

  /** The server ends. */
  end({ owing }: ReturnsTold): void {
    for (const home of owing) this.#tellGone(home);
  }

  #holder(holder: HolderTold, { inWork }: PullingTold, isMinute: boolean): void {
    const { server, packs, bytes, returned } = holder;
    const known = this.#holders.get(server);
    const seen = this.#seen.get(server) ?? { returned: NOTHING, atMs: this.#now() };
    this.#seen.set(server, { returned, atMs: this.#now() });
    if (known === undefined) {
      const hasBegun = packs > 0 && inWork.some(({ from }) => from === server);
      if (!hasBegun) {
        const isOver = packs === 0 && returned.packs > seen.returned.packs;
        if (isOver) this.#tellReturned(server, less(returned, seen.returned), seen.atMs);
        return;
      }
      this.#holders.set(server, { before: seen.returned, sinceMs: seen.atMs, told: returned });
      const why = `what it recorded for this server returns: ${sumText({ packs, bytes })}`;
      this.#tell({ kind: 'archive-return-started', subject: server, why, detail: { packs, bytes } });
    } else if (packs === 0) {
      this.#holders.delete(server);
      this.#tellReturned(server, less(returned, known.before), known.sinceMs);
    } else if (isMinute && returned.packs > known.told.packs) {
      known.told = returned;
      this.#tell({ kind: 'archive-return-progress', subject: server, ...progressOf(holder) });
    }
  }

  /** @param sum none: it was adopted there, or retention took it. */
  #tellReturned(server: string, sum: PackSum, sinceMs: number): void {
    const what = sum.packs === 0 ? '' : `: ${sumText(sum)} in ${roughTime(this.#now() - sinceMs)}`;
    const why = `nothing that it recorded for this server is left to return${what}`;
    this.#tell({ kind: 'archive-returned', subject: server, why, detail: { ...sum } });
  }

  /** A pause that an earlier run was ordered is told once more: it is forgotten easily. */
  #tellPause({ pausedSinceMs }: PullingTold): void {
    if (pausedSinceMs === this.#pausedSinceMs) return;
    this.#pausedSinceMs = pausedSinceMs;
    if (pausedSinceMs === undefined) {
      this.#tell({ kind: 'archive-return-resumed', why: 'recordings return to this server again' });
      return;
    }
    const since = isoTime(pausedSinceMs);
    const why = `nothing returns to this server: an operator has paused that, since ${since}`;
    this.#tell({ kind: 'archive-return-paused', why, detail: { since } });
  }

  #tellStuck(stuck: readonly StuckPack[]): void {
    const now = new Set<string>();
    for (const one of stuck) {
      const key = `${one.from} ${one.stream} ${packStem(one.pack)}`;
      const isTold = this.#stuck.has(key);
      if (!isTold && this.#stuckThisMinute >= MAX_STUCK_A_MINUTE) continue;
      now.add(key);
      if (isTold) continue;
      this.#stuckThisMinute += 1;
      const { stream, from, why, pack } = one;
      const detail = { pack: packStem(pack), from: isoTime(pack.startMs) };
      this.#tell({ kind: 'archive-return-stuck', stream, subject: from, why, detail });
    }
    this.#stuck = now;
  }

  #tellGone({ home, released, adopted }: OwingTold): void {
    const told = this.#gone.get(home) ?? { released: NOTHING, adopted: NOTHING };
    this.#gone.set(home, { released, adopted });
    const erased = less(released, told.released);
    const taken = less(adopted, told.adopted);
    if (erased.packs > 0) {
      const why = `erased here, as ${home} has proven twice that it has them: ${sumText(erased)}`;
      this.#tell({ kind: 'archive-pack-released', subject: home, why, detail: { ...erased } });
    }
    if (taken.packs > 0) {
      const why = `belongs to this server now, as ${home} was removed, or away for too long: ${sumText(taken)}`;
      this.#tell({ kind: 'archive-adopted', subject: home, why, detail: { ...taken } });
    }
  }
}

function progressOf({ packs, bytes, bytesASecond, doneInMs, problem }: HolderTold): Pick<Told, 'why' | 'detail'> {
  const when = doneInMs === undefined ? '' : `, all of it in about ${roughTime(doneInMs)}`;
  const rate = problem ?? `${roughBytes(bytesASecond)} come each second${when}`;
  const why = `still to come: ${sumText({ packs, bytes })}; ${rate}`;
  return { why, detail: { packs, bytes, bytesASecond: Math.round(bytesASecond) } };
}

function less(one: PackSum, other: PackSum): PackSum {
  return { packs: one.packs - other.packs, bytes: one.bytes - other.bytes };
}

function sumText({ packs, bytes }: PackSum): string {
  return `${packs} ${packs === 1 ? 'pack' : 'packs'} (${roughBytes(bytes)})`;
}

/** In the largest unit of which it has at least two. */
function roughTime(ms: number): string {
  const unitMs = [86_400_000, 3_600_000, 60_000].find((one) => ms >= 2 * one) ?? 1000;
  return printDurationMs(Math.max(1, Math.round(ms / unitMs)) * unitMs);
}
