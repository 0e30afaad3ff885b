import * as assert from 'uvu/assert';
import { type Buckets, openBuckets } from '../../src/nats/buckets/buckets.ts';
import type { Store } from '../../src/nats/buckets/store.ts';
import type { Bus } from '../../src/nats/connection/bus.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { eventually } from '../support/eventually.ts';
import { type NatsCluster, type NatsServer, startNatsCluster } from '../support/nats-server.ts';
import { suite } from '../support/suite.ts';
import { ChangeRecorder } from './change-recorder.ts';

const test = suite('nats/watch-cluster', { deadlineMs: 60_000 });

/** A server's bus, connected to one node first. */
interface Member {
  readonly bus: Bus;
  readonly buckets: Buckets;
}

async function join(cluster: NatsCluster, first: NatsServer): Promise<Member> {
  // A client takes any node of the list; one address makes it begin at that node, and the node tells it the others.
  const bus = await connectBus({ servers: [first.url], name: `at ${first.name}`, onStatus: () => {} });
  await eventually('the other nodes are known', () => bus.connection.getServers().length === cluster.nodes.length);
  const buckets = await openBuckets(bus, { log: () => {} });
  return { bus, buckets };
}

/** Writes until the write is won, as a server does when an answer does not come. */
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

test('three servers that open the buckets at once get buckets of three copies, and no failure of NATS makes a watch deaf', async () => {
  await using cluster = await startNatsCluster(3);
  const members = await Promise.all(cluster.nodes.map((node) => join(cluster, node)));
  assert.equal(
    members.map(({ buckets }) => buckets.replicas),
    [3, 3, 3],
  );
  const trial = new Trial(cluster, members);
  await trial.writeAndHear('begin');
  await trial.ownNodeDies();
  await trial.leaderFails('SIGKILL');
  await trial.leaderFails('SIGSTOP');
  await trial.allNodesDie();
  for (const recorder of trial.recorders) {
    assert.is(recorder.wentBack, 0);
    assert.is(recorder.count('amnesia'), 0);
    await recorder.watch.close();
  }
  await Promise.all(members.map(({ bus }) => bus.close()));
});

class Trial {
  readonly recorders: readonly ChangeRecorder[];
  readonly #cluster: NatsCluster;
  readonly #members: readonly Member[];

  constructor(cluster: NatsCluster, members: readonly Member[]) {
    this.#cluster = cluster;
    this.#members = members;
    this.recorders = members.map(({ buckets }) => new ChangeRecorder(buckets.owners));
  }

  /** Every member writes keys of its own; every member hears all of them. */
  async writeAndHear(text: string): Promise<void> {
    const written = this.#members.map(async ({ buckets }, member) => {
      for (let i = 0; i < 5; i++) await put(buckets.owners, `cam${member}${i}`, text);
    });
    await Promise.all(written);
    await eventually(`every server hears ${text}`, () =>
      this.recorders.every(({ view }) => view.size === 15 && [...view.values()].every((value) => value === text)),
    );
    await this.#allCurrent();
  }

  /** The node that a member is connected to dies, while another leads: writes go on, the member misses some. */
  async ownNodeDies(): Promise<void> {
    const leader = await this.#cluster.leaderOf('KV_owners');
    const node = this.#cluster.nodes.find((other) => other !== leader) ?? leader;
    const writer = this.#members.find(({ bus }) => bus.connection.getServer().endsWith(`:${leader.port}`));
    if (writer === undefined) throw new Error('no member is connected to the leader');
    await node.kill('SIGKILL');
    for (let i = 0; i < 20; i++) await put(writer.buckets.owners, 'cam00', `during ${i}`);
    await this.writeAndHear('after its own node');
    await node.restart();
    await this.#cluster.ready();
  }

  async leaderFails(signal: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
    const leader = await this.#cluster.leaderOf('KV_owners');
    await leader.kill(signal);
    await this.writeAndHear(`after ${signal}`);
    if (signal === 'SIGSTOP') await leader.kill('SIGCONT');
    else await leader.restart();
    await this.#cluster.ready();
    await this.writeAndHear(`after ${signal} is over`);
  }

  async allNodesDie(): Promise<void> {
    await Promise.all(this.#cluster.nodes.map((node) => node.kill('SIGKILL')));
    await eventually('every server knows', () => this.recorders.every(({ current }) => !current));
    await Promise.all(this.#cluster.nodes.map((node) => node.restart()));
    await this.#cluster.ready();
    await this.writeAndHear('after all');
  }

  async #allCurrent(): Promise<void> {
    await eventually('every server is current', () => this.recorders.every(({ current }) => current));
  }
}

test.run();
