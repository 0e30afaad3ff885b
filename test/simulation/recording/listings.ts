import type { Archive } from '../../../src/archive/archive.ts';
import type { Holding, SegmentBlock } from '../../../src/archive/archive-calls.ts';
import { mergedParts } from '../../../src/archive/playback/merged-parts.ts';
import { firstOf, lastOf, partsOf, type RecordedPart } from '../../../src/archive/playback/recorded-part.ts';
import type { HostArchive } from './host-archive.ts';
import type { ClosedPack } from './recordings.ts';
import type { RecordingSabotage } from './simulated-peers.ts';
import type { WrittenSegments } from './written-segments.ts';

interface ListingHost {
  readonly name: string;
  readonly recording: HostArchive;
}

export interface ListingsWorld {
  hosts(): readonly ListingHost[];
  /** Runs when all that follows from this moment has happened. */
  soon(run: () => void): void;
  closed(): readonly ClosedPack[];
  readonly written: WrittenSegments;
  readonly sabotage: RecordingSabotage;
  violate(promise: 'A3' | 'A4' | 'A6', what: string): void;
}

interface StreamLists {
  readonly blocks: readonly SegmentBlock[];
  readonly holdings: readonly Holding[];
}

interface HostLists {
  readonly host: ListingHost;
  readonly streams: ReadonlyMap<string, StreamLists>;
}

const ALWAYS = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER };
const NOTHING: StreamLists = { blocks: [], holdings: [] };

/** What the archives of all hosts list at one moment, against what their disks have and what was captured: A3, A4, A6. */
export class Listings {
  readonly #world: ListingsWorld;

  constructor(world: ListingsWorld) {
    this.#world = world;
  }

  /** Asks every archive that answers at this moment. A process that stands still is judged later. */
  look(): void {
    const answers: HostLists[] = [];
    for (const host of this.#world.hosts()) {
      host.recording.ask(
        async (archive) => ({ host, streams: await this.#listsOf(host.name, archive) }),
        (answer) => answer.ok && answers.push(answer.value),
      );
    }
    this.#world.soon(() => this.#judge(answers));
  }

  async #listsOf(server: string, { desk }: Archive): Promise<ReadonlyMap<string, StreamLists>> {
    const { listsOnlyOwn = false, forgetsReturned = false } = this.#world.sabotage;
    const lists = new Map<string, StreamLists>();
    for (const stream of await desk.streams({})) {
      const all = await desk.holdings({ stream, ...ALWAYS });
      const holdings = forgetsReturned ? all.filter(({ returnedTo }) => returnedTo === undefined) : all;
      const others = all.filter(({ home }) => home !== server);
      const blocks = (await desk.segments({ stream, ...ALWAYS })).filter(
        ({ epoch, numbers }) => !listsOnlyOwn || !others.some((one) => covers(one, epoch, numbers[0] ?? 0)),
      );
      lists.set(stream, { blocks, holdings });
    }
    return lists;
  }

  #judge(answers: readonly HostLists[]): void {
    const settled = answers.filter(({ host }) => host.recording.isSettled);
    for (const stream of new Set(answers.flatMap(({ streams }) => [...streams.keys()]))) {
      const lists = answers.map(({ host, streams }) => ({ server: host.name, ...(streams.get(stream) ?? NOTHING) }));
      const parts = lists.flatMap(({ server, blocks }) => blocks.flatMap((block) => partsOf(block, server)));
      const listed = this.#listedOnce(stream, this.#world.sabotage.listsAll === true ? parts : mergedParts(parts));
      this.#judgePlaces(stream, settled, listed);
    }
    this.#judgeReturned(settled);
    for (const { host, streams } of settled) this.#judgeHanded(host, streams);
  }

  /** A3 */
  #listedOnce(stream: string, parts: readonly RecordedPart[]): ReadonlySet<string> {
    const listed = new Set<string>();
    for (const part of parts) {
      const { epoch, number: last } = lastOf(part);
      for (let { number } = firstOf(part); number <= last; number += 1) {
        const key = keyOf(epoch, number);
        if (listed.has(key)) this.#world.violate('A3', `${stream} ${key} is listed twice`);
        if (!this.#world.written.has(stream, epoch, number)) {
          this.#world.violate('A3', `${stream} ${key} of ${part.server} is listed, and was never captured`);
        }
        listed.add(key);
      }
    }
    return listed;
  }

  /** A4: what is whole on a disk whose server answers is listed. */
  #judgePlaces(stream: string, settled: readonly HostLists[], listed: ReadonlySet<string>): void {
    for (const { path, media, found } of this.#world.closed()) {
      if (found.stream !== stream) continue;
      const at = settled.find(({ host }) => host.recording.disk.contentOf(path)?.equals(media) === true);
      const missing = at && found.numbers.find((number) => !listed.has(keyOf(found.epoch, number)));
      if (missing !== undefined) {
        this.#world.violate('A4', `${path} is on ${at?.host.name}, and number ${missing} of it is not listed`);
      }
    }
  }

  /** A4: what a holder has erased is known to it, so that old addresses lead to the home, and its time is no gap. */
  #judgeReturned(settled: readonly HostLists[]): void {
    for (const { host, streams } of settled) {
      for (const { path, stream, epoch, numbers } of host.recording.erased) {
        const { holdings } = streams.get(stream) ?? NOTHING;
        const missing = numbers.find((number) => !holdings.some((one) => covers(one, epoch, number)));
        if (missing === undefined) continue;
        this.#world.violate('A4', `${host.name} has erased ${path}, and does not say where number ${missing} of it is`);
      }
    }
  }

  /** A6: a segment that the recorder was given is recorded there by the second look. */
  #judgeHanded({ name, recording }: ListingHost, streams: ReadonlyMap<string, StreamLists>): void {
    const late = recording.handed.late(({ stream, epoch, number }) =>
      (streams.get(stream) ?? NOTHING).holdings.some((one) => covers(one, epoch, number)),
    );
    if (late !== undefined) {
      this.#world.violate('A6', `${name} has not recorded ${late.stream} ${keyOf(late.epoch, late.number)}`);
    }
  }
}

function covers({ epoch, firstNumber, lastNumber }: Holding, of: number, number: number): boolean {
  return epoch === of && firstNumber <= number && number <= lastNumber;
}

function keyOf(epoch: number, number: number): string {
  return `${epoch}-${number}`;
}
