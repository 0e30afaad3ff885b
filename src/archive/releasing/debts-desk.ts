import { someAtOnce } from '../../domain/gate.ts';
import type { Clock } from '../../host/clock.ts';
import type { ArchiveDesk } from '../archive-calls.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import { type Debt, type DebtList, MAX_DEBTS } from '../debts/debt.ts';
import type { DebtsQuestion, ReturnCalls } from '../debts/return-calls.ts';
import type { DiskReads } from '../disk/archive-disk.ts';
import { diskReason, within } from '../disk/stall.ts';
import type { ReadPace } from '../pack/media-reader.ts';
import { mediaPath } from '../pack/pack-reading.ts';
import { type KeptTime, type KeptTimes, mergedKept, readKept } from '../retention/kept-times.ts';
import { closedIndexText } from './closed-index.ts';
import { oldestFirst, pageMark, type StreamPack } from './debt-pages.ts';
import type { Releasing } from './releasing.ts';

export interface DebtsDeskParts {
  /** See `PromptDisk`. */
  readonly disk: DiskReads;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly server: string;
  /** Of this server. */
  readonly session: () => string;
  readonly releasing: Releasing;
  readonly pace: ReadPace;
  readonly onProblem: (problem: string) => void;
}

type ReturnAnswers = Pick<ArchiveDesk, keyof ReturnCalls>;

const READ_AT_ONCE = 8;
const READ_WITHIN_MS = 5000;
/** An hour of a day that operators have protected in many pieces; a page of debts stays small enough. */
const MAX_KEPT_OF_PAGE = 10_000;

/** Answers the servers that bring their recordings home from this one. */
export class DebtsDesk implements ReturnAnswers {
  readonly #parts: DebtsDeskParts;

  constructor(parts: DebtsDeskParts) {
    this.#parts = parts;
  }

  readonly debts = async ({ home, after }: DebtsQuestion): Promise<DebtList> => {
    const { catalogue, server, session, releasing } = this.#parts;
    const isListed = (stream: string, pack: HeldPack) => {
      const isHis = releasing.destinationOf(stream, pack) === home && home !== server;
      const isFound = isHis && releasing.find(stream, pack)?.root === pack.root;
      const state = isFound ? releasing.stateOf(stream, pack) : undefined;
      return state === 'owed' || state === 'asking';
    };
    const page: StreamPack[] = [];
    let next: string | undefined;
    for (const one of oldestFirst(catalogue.ofOthers, isListed, after)) {
      if (page.length === MAX_DEBTS) {
        const last = page.at(-1);
        next = last && pageMark(last);
        break;
      }
      page.push(one);
    }
    const debts = await this.#told(page);
    return { server, session: session(), debts, resting: this.#resting(home), next };
  };

  readonly receipt: ReturnAnswers['receipt'] = (receipt) =>
    within(this.#parts.clock, READ_WITHIN_MS, this.#parts.releasing.receipt(receipt));

  readonly packFile: ReturnAnswers['packFile'] = ({ stream, ...id }) => {
    const { catalogue, releasing } = this.#parts;
    const pack = releasing.find(stream, id);
    const place = pack && catalogue.placeOf(stream, pack.root);
    return place && { root: pack.root, file: mediaPath(place, pack), bytes: pack.bytes };
  };

  readonly packIndex: ReturnAnswers['packIndex'] = async ({ stream, ...id }) => {
    const { disk, catalogue, releasing, pace } = this.#parts;
    const pack = releasing.find(stream, id);
    const place = pack && catalogue.placeOf(stream, pack.root);
    return place && (await closedIndexText(disk, place, pack, pace));
  };

  #resting(home: string): DebtList['resting'] {
    const { catalogue, releasing } = this.#parts;
    const sum = { packs: 0, bytes: 0 };
    for (const { stream, pack } of releasing.resting) {
      if (releasing.destinationOf(stream, pack) !== home || catalogue.isAway(stream, pack)) continue;
      sum.packs += 1;
      sum.bytes += pack.bytes;
    }
    return sum;
  }

  /** In the order of the page. A pack whose disk does not answer is left out, and asked for with the next list. */
  async #told(page: readonly StreamPack[]): Promise<readonly Debt[]> {
    const { clock, releasing, onProblem } = this.#parts;
    const kept = new Map<string, Promise<KeptOfStream>>();
    const told: (Debt | undefined)[] = [];
    let keptLeft = MAX_KEPT_OF_PAGE;
    await someAtOnce([...page.entries()], READ_AT_ONCE, async ([at, { stream, pack }]) => {
      const ofStream = kept.get(stream) ?? this.#keptOf(stream);
      kept.set(stream, ofStream);
      try {
        const { hashes } = releasing;
        const known = hashes.known(stream, pack);
        const sha256 = known ?? (await within(clock, READ_WITHIN_MS, hashes.of(stream, pack)));
        const { times: all, unread } = await ofStream;
        if (unread.has(pack.root)) throw unread.get(pack.root);
        const times = keptIn(all, pack).slice(0, keptLeft);
        keptLeft -= times.length;
        told[at] = this.#debt(stream, pack, sha256, times);
      } catch (error) {
        onProblem(`${pack.root}: a recording of ${stream} cannot be offered to its home: ${diskReason(error)}`);
      }
    });
    return told.flatMap((debt) => debt ?? []);
  }

  /** `undefined`: its state has changed meanwhile. */
  #debt(stream: string, pack: HeldPack, sha256: string, kept: readonly KeptTime[]): Debt | undefined {
    const { releasing } = this.#parts;
    const { epoch, firstNumber, startMs, lastNumber, endMs, bytes } = pack;
    const state = releasing.stateOf(stream, pack);
    if (state !== 'owed' && state !== 'asking') return undefined;
    const question = releasing.questionOf(stream, pack);
    return { stream, epoch, firstNumber, startMs, lastNumber, endMs, bytes, sha256, question, state, kept };
  }

  async #keptOf(stream: string): Promise<KeptOfStream> {
    const { disk, catalogue } = this.#parts;
    const roots = new Set(catalogue.packs(stream).map(({ root }) => root));
    const each: KeptTimes[] = [];
    const unread = new Map<string, unknown>();
    for (const root of roots) {
      const place = catalogue.placeOf(stream, root);
      if (place === undefined || catalogue.isRootAway(root)) continue;
      try {
        each.push(await readKept(disk, place.folder));
      } catch (error) {
        unread.set(root, error);
      }
    }
    const { times, problems } = mergedKept(each);
    return { times: problems.length + unread.size > 0 ? 'all' : times, unread };
  }
}

interface KeptOfStream {
  /** `all`: what operators protect cannot be read, so all of the stream is. */
  readonly times: readonly KeptTime[] | 'all';
  /** Roots that do not answer, with the error of each. */
  readonly unread: ReadonlyMap<string, unknown>;
}

function keptIn(kept: KeptOfStream['times'], { startMs, endMs }: HeldPack): readonly KeptTime[] {
  if (kept === 'all') {
    const note = 'what its holder protects could not be read';
    return [{ id: `unreadable-${startMs}`, fromMs: startMs, untilMs: endMs, note }];
  }
  return kept.filter(({ fromMs, untilMs }) => fromMs < endMs && untilMs > startMs);
}
