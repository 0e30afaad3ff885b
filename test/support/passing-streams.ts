import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { headers } from 'nats';
import { KEPT_MS, SWEEP_EVERY_MS } from '../../src/herd/operating/tombstone-sweep.ts';
import { openBuckets } from '../../src/nats/buckets/buckets.ts';
import type { Bus } from '../../src/nats/connection/bus.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { streamInfo } from '../../src/nats/connection/jetstream-api.ts';
import { keySubject } from '../../src/nats/connection/subjects.ts';
import { eventually } from './eventually.ts';
import { HeapClock } from './heap-clock.ts';
import { namesInHeap } from './heap-names.ts';
import { HerdRoom, RoomWorld } from './herd-room.ts';
import { type NatsServer, startNatsServer } from './nats-server.ts';
import { streamName } from './stream-names.ts';
import { tempFolder } from './temp-folder.ts';

const BUCKETS = ['streams', 'owners'] as const;
/** Captured from the beginning to the end. */
const STAYING = ['stays-1', 'stays-2', 'stays-3'];
const PASSING = /gone-\d+/g;
/** So many streams come at a time: the servers make a plan with all streams that are defined together. */
const WAVE = 500;
/** So many streams come and go before anything is counted: compiled code and caches of this time are no leak. */
const WARM_UP = 1000;
const SWEPT_WITHIN_MS = 250_000;
const SETTLED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 100;
/** The JavaScript engine keeps values of the last call, as a last match or message. A leak would keep those of all calls. */
export const FEW_NAMES = 100;

const DISABLED = '{"url": "test:", "disabled": true}';
/** Of a session that has ended, as of a server that was lost. */
const OWNED = JSON.stringify({
  server: 's9',
  session: 's9-1',
  since: '2026-11-22T06:00:00.000Z',
  why: 'it is nearest',
});

/** What NATS and the server hold. */
export interface Holdings {
  /** Of both buckets, as NATS counts them. */
  readonly messages: number;
  readonly subjects: number;
  readonly messageBytes: number;
  /** Files of the store of NATS. */
  readonly diskMb: number;
  readonly natsMb: number;
  /** Definitions and owners that the server knows, and markers of those that were removed. */
  readonly known: number;
  readonly markers: number;
  /** Of this process, with the server in it, when its garbage is collected. */
  readonly heapMb: number;
  /** Streams that came and went, of which a name is in any string of this process; what was last of its kind stays for a while. */
  readonly names: number;
}

export interface Passing {
  readonly before: Holdings;
  /** All have gone, and their markers stand. */
  readonly gone: Holdings;
  /** More than an hour later by the clock of the server. */
  readonly swept: Holdings;
  readonly writesASecond: number;
  readonly sweptASecond: number;
  /** Every stream that stayed has the owner and the epoch that it had. */
  readonly undisturbed: boolean;
}

/**
 * Lets `count` streams come and go under a real `Herd` on the buckets of a real nats-server, and then the time for which markers are kept.
 *
 * They come and go by the messages of publishers and servers: a definition, an owner's record, and the removal of both. They are disabled,
 * because it would take half an hour to begin and end 100,000 captures; what a capture leaves is shown with fewer of them.
 */
export async function letPass(count: number): Promise<Passing> {
  await using folder = await tempFolder();
  await using nats = await startNatsServer({ storeDir: folder.path });
  await using bus = await busOf(nats, 's1');
  await using operator = await busOf(nats, 'operator');
  const { streams, owners } = await openBuckets(bus, { log: () => {} });
  const clock = Object.assign(new HeapClock(), { unixMs: () => Date.now() });
  const world = new RoomWorld();
  await using room = new HerdRoom(world, 's1', {}, { streams, owners, clock });
  await room.join();
  const site = new Site(nats, folder.path, operator, room, clock);
  for (const name of STAYING) operator.publish(keySubject('streams', name), '{"url": "test:"}');
  await site.until('the streams that stay are captured', () => world.captures.size === STAYING.length);

  await site.pass(0, WARM_UP);
  await site.sweep();
  const [before, epochs] = [await site.holdings(), site.epochs()];
  const [passes, passed] = await timed(() => site.pass(WARM_UP, count));
  const gone = await site.holdings();
  const [sweeps] = await timed(() => site.sweep());
  return {
    before,
    gone,
    swept: await site.settledHoldings(),
    writesASecond: passed / passes,
    sweptASecond: (2 * count) / sweeps,
    undisturbed: site.epochs() === epochs && world.twice.length === 0,
  };
}

async function busOf(nats: NatsServer, name: string): Promise<Bus & AsyncDisposable> {
  return connectBus({ servers: [nats.url], name, onStatus: () => {} });
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [seconds: number, result: T]> {
  const startMs = performance.now();
  const result = await work();
  return [(performance.now() - startMs) / 1000, result];
}

class Site {
  readonly #nats: NatsServer;
  readonly #storeDir: string;
  readonly #operator: Bus;
  readonly #room: HerdRoom;
  readonly #clock: HeapClock;

  constructor(nats: NatsServer, storeDir: string, operator: Bus, room: HerdRoom, clock: HeapClock) {
    this.#nats = nats;
    this.#storeDir = storeDir;
    this.#operator = operator;
    this.#room = room;
    this.#clock = clock;
  }

  until(what: string, check: () => boolean | Promise<boolean>, stepMs = 50, deadlineMs = 60_000): Promise<boolean> {
    const look = () => {
      this.#clock.advance(stepMs);
      return check();
    };
    return eventually(what, look, { deadlineMs, everyMs: stepMs > 50 ? LOOK_EVERY_MS : 10 });
  }

  /** `count` streams from number `from` on come and go, some hundred at a time. @returns how many messages that took. */
  async pass(from: number, count: number): Promise<number> {
    for (let done = 0; done < count; done += WAVE) {
      const names = Array.from({ length: Math.min(WAVE, count - done) }, (_, index) => `gone-${from + done + index}`);
      const [known, markers] = [this.#known(), this.#markers()];
      for (const name of names) this.#write(name, DISABLED, OWNED);
      await this.until('they are known', () => this.#known() - known === 2 * names.length, 10);
      for (const name of names) this.#write(name, null, null);
      await this.until('they are gone', () => this.#markers() - markers === 2 * names.length, 10);
    }
    return 4 * count;
  }

  /** Lets an hour pass by the clock of the server, and waits for what it then does. */
  async sweep(): Promise<void> {
    this.#clock.advance(KEPT_MS);
    const left = async () => (await this.#inNats()).subjects - 2 * STAYING.length;
    await this.until('NATS has none of them', async () => (await left()) === 0, SWEEP_EVERY_MS / 2, SWEPT_WITHIN_MS);
    await this.until('the server knows none of their revisions', () => this.#markers() === 0);
  }

  epochs(): string {
    return STAYING.map((name) => this.#room.herd.owners.get(streamName(name)).revision).join();
  }

  /** A comparison of a bucket that was under way holds names until it has its answers. */
  async settledHoldings(): Promise<Holdings> {
    const settled = async () => {
      const held = await this.holdings();
      return held.names < FEW_NAMES && held;
    };
    return eventually('few names are left', settled, { deadlineMs: SETTLED_WITHIN_MS, everyMs: 1000 }).catch(() =>
      this.holdings(),
    );
  }

  async holdings(): Promise<Holdings> {
    this.#room.forgetWhatHappened();
    return {
      ...(await this.#inNats()),
      diskMb: megabytes(await bytesUnder(this.#storeDir)),
      known: this.#known(),
      markers: this.#markers(),
      heapMb: megabytes(usedHeap()),
      names: (await namesInHeap(PASSING)).size,
    };
  }

  #write(name: string, definition: string | null, owner: string | null): void {
    for (const [bucket, text] of Object.entries({ streams: definition, owners: owner })) {
      const marker = headers();
      if (text === null) marker.set('KV-Operation', 'DEL');
      this.#operator.publish(keySubject(bucket, name), text ?? '', marker);
    }
  }

  #known(): number {
    const { definitions, owners } = this.#room.herd;
    return [...definitions.names(), ...owners.names()].length;
  }

  #markers(): number {
    const { definitions, owners } = this.#room.herd;
    return definitions.tombstones.size + owners.tombstones.size;
  }

  async #inNats(): Promise<Pick<Holdings, 'messages' | 'subjects' | 'messageBytes' | 'natsMb'>> {
    const infos = await Promise.all(BUCKETS.map((bucket) => streamInfo(this.#operator, `KV_${bucket}`, 5000)));
    const sum = (of: (state: (typeof infos)[number]['state']) => number) =>
      infos.reduce((total, { state }) => total + of(state), 0);
    const answer = await fetch(`${this.#nats.monitorUrl}/varz`, { signal: AbortSignal.timeout(5000) });
    const { mem } = (await answer.json()) as { readonly mem: number };
    return {
      messages: sum(({ messages }) => messages),
      subjects: sum(({ num_subjects }) => num_subjects ?? 0),
      messageBytes: sum(({ bytes }) => bytes),
      natsMb: megabytes(mem),
    };
  }
}

/** When its garbage is collected. */
function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  // A context that is made from then on has it.
  const collect = runInNewContext('gc') as () => void;
  collect();
  return getHeapStatistics().used_heap_size;
}

async function bytesUnder(folder: string): Promise<number> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

function megabytes(bytes: number): number {
  return bytes / 1024 / 1024;
}
