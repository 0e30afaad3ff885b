import * as assert from 'uvu/assert';
import { createActor } from 'xstate';
import { sessionActor } from '../../src/actors/session.ts';
import type { RosterView, SessionPorts, SessionView } from '../../src/actors/session-ports.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { Servers } from '../../src/herd/view/servers.ts';
import { type MembershipEmitted, membershipMachine } from '../../src/machines/membership.ts';
import { suite } from '../support/suite.ts';
import { TinyBucket, type TinyDoor } from './tiny-store.ts';

const test = suite('actors/session');

const FACTS = [
  'session.opened',
  'join.refused',
  'standing.gained',
  'standing.changed',
  'standing.lost',
  'roster.changed',
  'session.evicted',
  'session.left',
] as const;

/** Servers on one bucket and one bus, with a clock that only `pass` moves. */
class World {
  readonly bucket = new TinyBucket();
  readonly #turns = new Set<{ readonly everyMs: number; nextMs: number; readonly turn: () => void }>();
  readonly #ears = new Map<string, Set<(text: string) => void>>();
  readonly #sessions = new Map<string, number>();
  readonly cut = new Set<string>();
  nowMs = 0;
  skippedMs = 0;
  /** Sessions that follow a roster. */
  following = 0;

  async pass(forMs: number): Promise<void> {
    const endMs = this.nowMs + forMs;
    while (this.nowMs < endMs) {
      this.nowMs += 10;
      for (const it of [...this.#turns]) {
        if (this.nowMs < it.nextMs) continue;
        it.nextMs += it.everyMs;
        it.turn();
      }
      // Two promises: the store's answer, and what follows from it.
      for (let depth = 0; depth < 8; depth += 1) await Promise.resolve();
    }
  }

  /** One timer of the machine is a turn that ends itself. */
  readonly clock = {
    setTimeout: (fire: () => void, afterMs: number) => {
      const turn = () => {
        this.#turns.delete(once);
        fire();
      };
      const once = { everyMs: afterMs, nextMs: this.nowMs + afterMs, turn };
      this.#turns.add(once);
      return once;
    },
    clearTimeout: (once: { readonly everyMs: number; nextMs: number; readonly turn: () => void }) => {
      this.#turns.delete(once);
    },
  };

  get openTurns(): number {
    return this.#turns.size;
  }

  /** The roster of one server, by a watch of its own. */
  roster(door: TinyDoor) {
    const servers = new Servers();
    const watch = door.watch((change) => {
      if (change.type === 'entry') servers.take(change.entry, this.nowMs);
      else if (change.type === 'current') servers.filled(change.revision, this.nowMs);
    });
    const roster: RosterView = {
      get roster() {
        return servers.roster;
      },
      follow: (follower) => {
        const end = servers.follow(follower);
        this.following += 1;
        return () => {
          this.following -= 1;
          end();
        };
      },
      reconcile: () => watch.reconcile(),
    };
    return { servers, roster };
  }

  ports(server: string, door: TinyDoor, roster: RosterView): SessionPorts {
    return {
      servers: door,
      roster,
      beats: {
        send: (text) => {
          if (this.cut.has(server)) return;
          for (const [hearer, ears] of this.#ears) {
            if (!this.cut.has(hearer)) for (const hear of [...ears]) hear(text);
          }
        },
        listen: (hear) => {
          const ears = this.#ears.get(server) ?? new Set();
          this.#ears.set(server, ears.add(hear));
          return () => ears.delete(hear);
        },
      },
      now: () => ({ monoMs: this.nowMs, wallMs: this.nowMs + this.skippedMs }),
      every: (everyMs, turn) => {
        const it = { everyMs, nextMs: this.nowMs + everyMs, turn };
        this.#turns.add(it);
        return () => this.#turns.delete(it);
      },
      newSession: () => {
        const count = (this.#sessions.get(server) ?? 0) + 1;
        this.#sessions.set(server, count);
        return `${server}-${count}`;
      },
      date: () => '2026-01-01T00:00:00Z',
      revisions: () => ({ owners: 0, streams: 0 }),
      lagging: () => void roster.reconcile(),
    };
  }

  start(server: string, { host = server, boot }: { readonly host?: string; readonly boot?: string } = {}) {
    const door = this.bucket.door();
    const facts: MembershipEmitted[] = [];
    const views: SessionView[] = [];
    const { servers, roster } = this.roster(door);
    const url = `http://${server}:8080`;
    const site = { host, dataDir: '/data', ...(boot !== undefined && { boot }) };
    const self = { server, publicUrl: url, peerUrl: url, capacity: 1, ...site };
    const session = sessionActor(self, DEFAULT_TIMES, this.ports(server, door, roster), (opened) => views.push(opened));
    const actor = createActor(membershipMachine.provide({ actors: { session } }), {
      input: { restMs: 100 },
      clock: this.clock,
    });
    for (const type of FACTS) actor.on(type, (fact) => facts.push(fact));
    actor.start();
    const view = () => {
      const last = views.at(-1);
      if (last === undefined) throw new Error('no session');
      return last;
    };
    return {
      actor,
      door,
      facts,
      view,
      servers,
      told: (type: MembershipEmitted['type']) => facts.filter((it) => it.type === type),
    };
  }
}

test('servers find each other and stand', async () => {
  const world = new World();
  const servers = ['s01', 's02', 's03'].map((name) => world.start(name));
  await world.pass(4000);
  for (const { actor, view, servers: seen } of servers) {
    assert.equal(actor.getSnapshot().value, { inSession: 'standing' });
    assert.equal(
      seen.members().map(({ server }) => server),
      ['s01', 's02', 's03'],
    );
    assert.ok(view().standingForMs() > 1000);
    assert.ok(view().rosterRevision > 0);
    actor.stop();
  }
});

test('a server that is cut off is fenced, evicted, and joins again when its captures have ended', async () => {
  const world = new World();
  const [s01, s02, s03] = ['s01', 's02', 's03'].map((name) => world.start(name));
  assert.ok(s01 && s02 && s03);
  await world.pass(4000);
  world.cut.add('s01');
  s01.door.fate = 'lost';
  s01.door.hears = 'nothing';
  await world.pass(3000);
  assert.is(s01.actor.getSnapshot().value, 'fenced');
  assert.is(s01.view().standingForMs(), 0);
  assert.is(s02.servers.isLive('s01-1'), false);
  assert.is(s02.told('session.evicted').length + s03.told('session.evicted').length, 1);
  world.cut.delete('s01');
  s01.door.fate = 'answered';
  s01.door.hears = 'all';
  await world.pass(1000);
  assert.is(s01.actor.getSnapshot().value, 'fenced');
  s01.actor.send({ type: 'captures.ended' });
  await world.pass(1000);
  assert.equal(s01.actor.getSnapshot().value, { inSession: 'standing' });
  assert.ok(s02.servers.isLive('s01-2'));
  for (const { actor } of [s01, s02, s03]) actor.stop();
});

test('a write that landed without an answer is settled by reading', async () => {
  const world = new World();
  const { actor, door } = world.start('s01');
  door.fate = 'landed';
  door.hears = 'fills';
  await world.pass(3000);
  assert.equal(actor.getSnapshot().value, { inSession: 'standing' });
  actor.stop();
});

test('a clock that skips the length of F fences', async () => {
  const world = new World();
  const { actor, view, told } = world.start('s01');
  await world.pass(2000);
  world.skippedMs = 700_000;
  assert.is(view().standingForMs(), 0);
  await world.pass(100);
  assert.is(told('standing.lost').length, 1);
  actor.stop();
});

test('a view that lags behind what a peer has seen is repaired', async () => {
  const world = new World();
  const s01 = world.start('s01');
  const s02 = world.start('s02');
  await world.pass(3000);
  s01.door.hears = 'fills';
  const s03 = world.start('s03');
  await world.pass(3000);
  assert.ok(s01.door.reconciled > 0);
  assert.ok(s01.servers.isLive('s03-1'));
  for (const { actor } of [s01, s02, s03]) actor.stop();
});

test('a name held by a living server elsewhere is refused, with the holder named', async () => {
  const world = new World();
  const first = world.start('s01', { host: 'h1' });
  await world.pass(2000);
  const second = world.start('s01', { host: 'h2' });
  await world.pass(3000);
  const { status, output } = second.actor.getSnapshot();
  assert.is(status, 'done');
  assert.is(output?.ended, 'refused');
  assert.match(output?.why ?? '', 'held by session s01-1 on host h1');
  first.actor.stop();
});

test('a copy of a machine is refused while the first one runs; a machine that was started anew waits for its silence alone', async () => {
  const world = new World();
  const first = world.start('s01', { boot: 'b1' });
  await world.pass(2000);
  const copy = world.start('s01', { boot: 'b2' });
  await world.pass(3000);
  assert.match(copy.actor.getSnapshot().output?.why ?? '', 'one of the two machines is a copy of the other');
  assert.equal(first.actor.getSnapshot().value, { inSession: 'standing' });
  first.actor.stop();
  const again = world.start('s01', { boot: 'b2' });
  await world.pass(1000);
  assert.equal(again.actor.getSnapshot().value, { inSession: 'waiting' });
  await world.pass(2000);
  assert.equal(again.actor.getSnapshot().value, { inSession: 'standing' });
  again.actor.stop();
});

test('leaving closes the key and everything that was opened', async () => {
  const world = new World();
  const { actor } = world.start('s01');
  await world.pass(2000);
  actor.send({ type: 'leave.ordered' });
  await world.pass(500);
  assert.equal(actor.getSnapshot().value, { inSession: 'handingBack' });
  actor.send({ type: 'captures.ended' });
  await world.pass(500);
  assert.is(actor.getSnapshot().output?.ended, 'left');
  assert.is(JSON.parse(world.bucket.entries.get('s01')?.text ?? '{}').state, 'down');
  assert.equal([world.openTurns, world.following], [0, 0]);
});

test.run();
