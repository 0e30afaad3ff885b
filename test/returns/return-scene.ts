import { join } from 'node:path';
import { herdReturnsSchema, type ServerReturns } from '../../src/http/api/archive/return-answers.ts';
import { eventually } from '../support/eventually.ts';
import type { HerdServer } from '../support/herd-server.ts';
import type { Random } from '../support/random.ts';
import { type RecordedPack, recordedPacks } from '../support/recorded-frames.ts';
import type { SteppedClocks } from '../support/stepped-clocks.ts';
import type { TestHerd } from '../support/test-herd.ts';
import { type Recorded, recordedNow } from './judgement.ts';
import { NotReached, reached } from './not-reached.ts';
import { ARCHIVE, REST_DEADLINE_MS } from './stand-in.ts';

const LOOK_EVERY_MS = 200;
const STEP_DEADLINE_MS = 60_000;
const LOOKS_AN_ORDER = 5;
/** More, where no operator orders anything: a home asks each half minute, a failure puts off for longer, and the grace may be a minute. */
const UNHURRIED_MS = 180_000;

export interface SceneParts {
  readonly herd: TestHerd;
  readonly random: Random;
  readonly stream: string;
  readonly home: HerdServer;
  readonly holder: HerdServer;
  /** Only where a fault sets clocks. */
  readonly clocks: SteppedClocks | undefined;
  /** See `settled`. */
  readonly isHurried: boolean;
}

/** One stream that another server has recorded while its home was down. The home runs again. */
export class ReturnScene implements AsyncDisposable {
  readonly herd: TestHerd;
  readonly random: Random;
  readonly stream: string;
  readonly home: HerdServer;
  readonly holder: HerdServer;
  /** What is to be found again when all is over. */
  readonly recorded: Recorded[] = [];
  readonly #clocks: SteppedClocks | undefined;
  readonly #isHurried: boolean;
  readonly #owned: AsyncDisposable[] = [];

  constructor({ herd, random, stream, home, holder, clocks, isHurried }: SceneParts) {
    this.herd = herd;
    this.random = random;
    this.stream = stream;
    this.home = home;
    this.holder = holder;
    this.#clocks = clocks;
    this.#isHurried = isHurried;
  }

  /** It is gone when the fault is over, however that ends. */
  own(part: AsyncDisposable): void {
    this.#owned.push(part);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#owned.splice(0).reverse()) await part[Symbol.asyncDispose]();
  }

  /** All that is on disks now of the stream is to be found again. @param listedBy a server that runs. */
  async remember(listedBy: HerdServer, stream = this.stream): Promise<Recorded> {
    const recorded = await recordedNow(this.herd, stream, listedBy);
    this.recorded.push(recorded);
    return recorded;
  }

  /** The wall clock of the server differs by so much from those of all others from now on. */
  async setClock(server: HerdServer, aheadMs: number): Promise<void> {
    if (this.#clocks === undefined) throw new RangeError('this fault has not said that it sets clocks');
    await this.#clocks.step(server.name, aheadMs);
  }

  /** @param order `now`: also what was put off or is stuck. */
  async order(order: 'now' | 'pause', server: HerdServer): Promise<void> {
    const answer = await server.change(`/api/v1/archive-returns?server=${server.name}`, { order });
    if (!answer.ok) throw new Error(`${server.name} does not take the order: ${await answer.text()}`);
  }

  /** The home has a part of a pack, and not all of it. */
  async fetching(): Promise<void> {
    await this.#sees('the home fetches', this.home, ({ inWork }) => {
      return inWork.some(({ doneBytes, bytes }) => doneBytes > 0 && doneBytes < bytes);
    });
  }

  /** The holder has a receipt, and its copy. */
  async resting(): Promise<void> {
    await this.#sees('the holder has a receipt', this.holder, ({ owing }) =>
      owing.some(({ home, resting }) => home === this.home.name && resting.packs > 0),
    );
  }

  /** `one` has closed recordings for `other`, whole or in part. */
  async owes(one: HerdServer, other: HerdServer): Promise<void> {
    await this.#sees(`${one.name} owes something to ${other.name}`, one, ({ owing }) =>
      owing.some(({ home, packs }) => home === other.name && packs > 0),
    );
  }

  /** The holder owes the home nothing, and keeps nothing for its grace. */
  async isOver(): Promise<boolean> {
    const { owing } = (await returnsOf(this.holder)) ?? {};
    const owed = owing?.find(({ home }) => home === this.home.name);
    return owing !== undefined && (owed === undefined || owed.packs + owed.resting.packs === 0);
  }

  /** Something comes to each of them at the same moment. */
  async bothFetch(one: HerdServer, other: HerdServer): Promise<void> {
    const areFetching = async () => {
      const both = await Promise.all([one, other].map(returnsOf));
      return both.every((returns) => returns !== undefined && returns.inWork.length > 0);
    };
    const deadline = within(STEP_DEADLINE_MS, this.#isHurried);
    await reached(`${one.name} and ${other.name} fetch at once`, areFetching, deadline);
  }

  async stuck(): Promise<void> {
    await this.#sees('the home has given a pack up', this.home, ({ stuck }) => stuck.length > 0);
  }

  /** Kills the server and its captures, and starts it again. */
  async crash(...servers: readonly HerdServer[]): Promise<void> {
    for (const server of servers) await server.losePower();
    for (const server of servers) await server.start();
  }

  packsOf(server: HerdServer): Promise<readonly RecordedPack[]> {
    return recordedPacks(join(server.dataDir, ARCHIVE), this.stream);
  }

  async #sees(what: string, server: HerdServer, isThere: (returns: ServerReturns) => boolean): Promise<void> {
    let last = '';
    let looks = 0;
    const look = async () => {
      const returns = await returnsOf(server);
      last = JSON.stringify(returns);
      looks += 1;
      const isSeen = returns !== undefined && isThere(returns);
      if (this.#isHurried && !isSeen && looks % LOOKS_AN_ORDER === 0) await hurry(this.herd, false);
      return isSeen;
    };
    await eventually(what, look, within(STEP_DEADLINE_MS, this.#isHurried)).catch((error: unknown) => {
      throw new NotReached(`not seen: ${what}, but ${last}`, { cause: error });
    });
  }
}

/** What the server itself says; `undefined`: it cannot be asked now. */
async function returnsOf(server: HerdServer): Promise<ServerReturns | undefined> {
  const answer = await server.ask(`/api/v1/archive-returns?server=${server.name}`).catch(() => undefined);
  return herdReturnsSchema.safeParse(answer).data?.servers[0];
}

/**
 * Nothing is owed by any server, nothing waits for its grace, and nothing is stuck.
 *
 * @param isHurried an operator orders again and again that it is done now: no half minutes pass until a home asks anew.
 */
export async function settled(herd: TestHerd, isHurried: boolean): Promise<void> {
  let last = '';
  let looks = 0;
  await eventually(
    'all recordings are at home',
    async () => {
      const all = await Promise.all(herd.servers.map(returnsOf));
      looks += 1;
      if (isHurried && looks % LOOKS_AN_ORDER === 0) await hurry(herd, true);
      last = JSON.stringify(all);
      return all.every((returns) => returns !== undefined && isAtHome(returns));
    },
    within(REST_DEADLINE_MS, isHurried),
  ).catch((error: unknown) => {
    throw new Error(`recordings are not at home: ${last}`, { cause: error });
  });
}

/**
 * What is stuck is to stay so, and to be found. What is in work needs no order.
 *
 * @param endsRests also while a holder has a receipt: the second question is answered then, and its copy erased.
 */
async function hurry(herd: TestHerd, endsRests: boolean): Promise<void> {
  const all = await Promise.all(herd.servers.map(returnsOf));
  const rests = all.some((returns) => returns?.owing.some(({ resting }) => resting.packs > 0));
  if (rests && !endsRests) return;
  for (const [index, server] of herd.servers.entries()) {
    const returns = all[index];
    if (returns === undefined || returns.stuck.length + returns.inWork.length > 0) continue;
    await server.change('/api/v1/archive-returns', { order: 'now' }).catch(() => {});
  }
}

function within(ms: number, isHurried: boolean) {
  return { deadlineMs: isHurried ? ms : ms + UNHURRIED_MS, everyMs: LOOK_EVERY_MS };
}

function isAtHome({ owing, holders, stuck, inWork }: ServerReturns): boolean {
  const owed = owing.some(({ packs, resting }) => packs + resting.packs > 0);
  return !owed && holders.every(({ packs }) => packs === 0) && stuck.length + inWork.length === 0;
}
