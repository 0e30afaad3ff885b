import * as assert from 'uvu/assert';
import { type Herd, openHerd } from '../../src/nats/buckets.ts';
import { type Bus, connectBus } from '../../src/nats/connection.ts';
import type { Store, StoreChange, StoreWatch } from '../../src/nats/store.ts';
import { eventually } from '../support/eventually.ts';
import { type NatsCluster, type NatsServer, startNatsCluster } from '../support/nats-server.ts';
import { suite } from '../support/suite.ts';

const test = suite('nats/watch', { deadlineMs: 60_000 });

/** A server's bus, connected to one node first. */
interface Member extends AsyncDisposable {
  readonly bus: Bus;
  readonly herd: Herd;
}

async function join(cluster: NatsCluster, first: NatsServer): Promise<Member> {
  // A client takes any node of the list; one address makes it begin at that node, and the node tells it the others.
  const bus = await connectBus({ servers: [first.url], name: `at ${first.name}`, onStatus: () => {} });
  await eventually('the other nodes are known', () => bus.connection.getServers().length === cluster.nodes.length);
  const herd = await openHerd(bus, { log: () => {} });
  return { bus, herd, [Symbol.asyncDispose]: () => bus.close() };
}

/** What a listener learned, checked as it comes: nothing goes back. */
class Recorder {
  readonly changes: StoreChange[] = [];
  readonly view = new Map<string, string | null>();
  readonly watch: StoreWatch;
  #last = 0;
  wentBack = 0;

  constructor(store: Store) {
    this.watch = store.watch((change) => this.#take(change));
  }

  #take(change: StoreChange): void {
    this.changes.push(change);
    if (change.type === 'amnesia') {
      this.#last = 0;
      this.view.clear();
    }
    if (change.type !== 'entry') return;
    if (change.entry.revision <= this.#last) this.wentBack++;
    this.#last = change.entry.revision;
    this.view.set(change.entry.key, change.entry.text);
  }

  get current(): boolean {
    return (
      this.changes.findLast(({ type }) => type === 'current' || type === 'stale' || type === 'amnesia')?.type ===
      'current'
    );
  }

  count(type: StoreChange['type']): number {
    return this.changes.filter((change) => change.type === type).length;
  }
}

/** Writes until it is won: what a server does with an answer that does not come. */
async function put(store: Store, key: string, text: string): Promise<number> {
  return eventually(
    `${key} is ${text}`,
    async () => {
      const entry = await store.read(key);
      if (entry?.text === text) return entry.revision;
      const outcome = await store.update(key, text, entry?.revision ?? 0);
      return outcome.outcome === 'won' && outcome.revision;
    },
    { deadlineMs: 30_000, everyMs: 100 },
  );
}

test('three servers open one herd at once; their buckets have three copies', async () => {
  await using cluster = await startNatsCluster(3);
  const buses = await Promise.all(
    cluster.urls.map((url, i) => connectBus({ servers: [url], name: `s0${i}`, onStatus: () => {} })),
  );
  const herds = await Promise.all(buses.map((bus) => openHerd(bus, { log: () => {} })));
  assert.equal(
    herds.map(({ replicas }) => replicas),
    [3, 3, 3],
  );
  await Promise.all(buses.map((bus) => bus.close()));

  await using m1 = await join(cluster, cluster.nodes[0] as NatsServer);
  await using m2 = await join(cluster, cluster.nodes[1] as NatsServer);
  await using m3 = await join(cluster, cluster.nodes[2] as NatsServer);
  const members = [m1, m2, m3];
  const recorders = members.map(({ herd }) => new Recorder(herd.owners));
  const everyoneHas = (key: string, text: string) =>
    eventually(`everyone has ${key}=${text}`, () => recorders.every(({ view }) => view.get(key) === text), {
      deadlineMs: 15_000,
    });
  const time = async (what: string, run: () => Promise<unknown>) => {
    const from = performance.now();
    await run();
    if (process.env.TIMES) console.log(what, Math.round(performance.now() - from), 'ms');
  };
  await put(m1.herd.owners, 'cam01', 'begin');
  await everyoneHas('cam01', 'begin');

  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    const leader = await cluster.leaderOf('KV_owners');
    await leader.kill(signal);
    await time(`${signal} write`, () => put(m1.herd.owners, 'cam01', `after ${signal} 1`));
    await time(`${signal} heard`, () => everyoneHas('cam01', `after ${signal} 1`));
    await time(`${signal} burst`, async () => {
      for (let i = 0; i < 20; i++) await put(m2.herd.owners, `cam${i}`, `after ${signal}`);
      for (let i = 0; i < 20; i++) await everyoneHas(`cam${i}`, `after ${signal}`);
    });
    if (signal === 'SIGSTOP') await leader.kill('SIGCONT');
    else await leader.restart();
    await time('ready', () => cluster.ready());
    await time('current', () => eventually('everyone current', () => recorders.every(({ current }) => current)));
  }

  // All of NATS goes and comes back.
  await Promise.all(cluster.nodes.map((node) => node.kill('SIGKILL')));
  await eventually('everyone knows', () => recorders.every(({ current }) => !current));
  await Promise.all(cluster.nodes.map((node) => node.restart()));
  await cluster.ready();
  await time('after restart write', () => put(m3.herd.owners, 'cam01', 'after all'));
  await time('after restart heard', () => everyoneHas('cam01', 'after all'));
  await eventually('everyone current', () => recorders.every(({ current }) => current), { deadlineMs: 15_000 });
  for (const recorder of recorders) {
    assert.is(recorder.wentBack, 0);
    assert.is(recorder.count('amnesia'), 0);
    await recorder.watch.close();
  }
});

test.run();
