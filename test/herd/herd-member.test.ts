import * as assert from 'uvu/assert';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import { Counts } from '../../src/domain/tally.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { HerdMember, type MemberWorld } from '../../src/herd/herd-member.ts';
import { bringInLine } from '../../src/herd/operating/apply-definitions.ts';
import type { Definitions } from '../../src/herd/view/definitions.ts';
import type { Bus } from '../../src/nats/connection/bus.ts';
import { eventually } from '../support/eventually.ts';
import { RoomWorld, recordedFfmpeg, serverRecord } from '../support/herd-room.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { CAM, connect, said } from '../support/operator-room.ts';
import { suite } from '../support/suite.ts';
import { testLog } from '../support/test-log.ts';

const test = suite('herd/herd-member');

const DEFINITION = { inputs: ['test:'], disabled: false, weight: 1, appliedFrom: [] };

/** What one member says reaches all that listen, the member too. */
class Air {
  readonly #ears = new Set<(from: string, text: string) => void>();

  listen(hear: (from: string, text: string) => void): () => void {
    this.#ears.add(hear);
    return () => this.#ears.delete(hear);
  }

  send(from: string, text: string): void {
    for (const hear of [...this.#ears]) hear(from, text);
  }
}

/** What members have in common: buckets in memory, and a way for messages. Only orders of an operator need a real bus. */
class Ground {
  readonly room = new RoomWorld();
  readonly beats = new Air();
  readonly gossip = new Air();
  readonly events: HerdEvent[] = [];
  #sessions = 0;

  member(server: string, bus: Bus, more: Partial<MemberWorld> = {}): HerdMember {
    const { room, beats, gossip } = this;
    const url = `http://${server}:8080`;
    const streams = room.memory.open('streams', server);
    return new HerdMember({
      self: { server, publicUrl: url, peerUrl: url, capacity: 1, host: server, dataDir: '/data' },
      ...{ bus, streams, owners: room.memory.open('owners', server), servers: room.memory.open('servers', server) },
      times: { ...DEFAULT_TIMES, heirGraceMs: 50 },
      ...{ segmentMs: 1000, lowLatency: false },
      liveFolder: '/nowhere/live',
      openFfmpeg: () => recordedFfmpeg(room, server),
      media: {
        setStream: () => undefined,
        removeStream: () => undefined,
        addSegment: () => true,
        setServers: () => undefined,
      },
      log: testLog(),
      tally: new Counts(),
      beats: {
        send: (text) => beats.send(server, text),
        listen: (hear) => beats.listen((_from, text) => hear(text)),
      },
      openGossip: (onMessage) => {
        gossip.listen(onMessage);
        return { send: (text) => gossip.send(server, text) };
      },
      draining: false,
      drainMark: { set: async () => undefined },
      newSession: () => `${server}-${++this.#sessions}`,
      publish: (event) => void this.events.push(event),
      onBroken: (why) => assert.unreachable(why),
      onStuck: (why) => assert.unreachable(why),
      ...more,
    });
  }

  /** As a configuration file that has `cam1`. */
  readonly file = async (definitions: Definitions): Promise<boolean> => {
    const streams = this.room.memory.open('streams', 'file');
    const { failed } = await bringInLine('s1', [{ name: CAM, definition: DEFINITION }], definitions, streams);
    return failed.length === 0;
  };
}

async function join(member: HerdMember): Promise<void> {
  await member.herd.filled();
  await member.applyFile();
  member.join();
}

test('a member applies its file, joins, captures, and hands over to another when an operator drains it', async () => {
  await using nats = await startNatsServer({ jetstream: false });
  await using bus = await connect(nats, 's1');
  const ground = new Ground();
  await using s1 = ground.member('s1', bus, { applyFile: ground.file });
  const told: string[] = [];
  s1.follow({
    sessionOpened: ({ session }) => told.push(session),
    standingChanged: () => told.push(`${s1.link.stands ? 'stands' : 'stands not'}, ${s1.isBusy ? 'busy' : 'idle'}`),
  });
  assert.is(s1.session, undefined);
  await join(s1);
  await eventually('s1 captures', () => ground.room.captures.get('cam1') === 's1');
  assert.equal(told, ['s1-1', 'stands, idle'], 'the warden hears of it before anything is captured');
  await using s2 = ground.member('s2', bus);
  await join(s2);
  await eventually('both are on the roster of each', () =>
    [s1, s2].every(({ herd }) => herd.servers.members().length === 2),
  );
  await eventually('s2 has heard of the capture', () => s2.herd.views.status(CAM)?.state === 'live');
  assert.is(await said(s1.operator.drain('s1')), 'done: it hands its streams back');
  await eventually('s2 captures', () => ground.room.captures.get('cam1') === 's2');
  s1.link.leave();
  assert.is((await s1.link.ended).ended, 'left');
  assert.equal(ground.room.twice, []);
});

test('a loss of data before the first session ends nothing; one that comes later ends the session, and the file is put back', async () => {
  await using nats = await startNatsServer({ jetstream: false });
  await using bus = await connect(nats, 's1');
  const ground = new Ground();
  await using s1 = ground.member('s1', bus, { applyFile: ground.file });
  await s1.herd.filled();
  const kinds = () => ground.events.map(({ kind }) => kind);
  ground.room.memory.lose('owners');
  await eventually('it is noticed', () => kinds().includes('bus-amnesia'));
  await s1.applyFile();
  s1.join();
  await eventually('s1 captures', () => ground.room.captures.get('cam1') === 's1');
  assert.not(kinds().includes('server-fenced'));
  ground.room.memory.lose('streams');
  ground.room.memory.lose('servers');
  await eventually('its next session captures', () => s1.session?.session === 's1-2' && s1.isBusy);
  assert.is(kinds().filter((kind) => kind === 'server-fenced').length, 1);
  assert.type((await ground.room.read('streams', 'cam1'))?.text, 'string');
  assert.equal(ground.room.twice, []);
});

test('while it waits for sessions from before a loss its record says that it can capture nothing', async () => {
  await using nats = await startNatsServer({ jetstream: false });
  await using bus = await connect(nats, 's1');
  const ground = new Ground();
  const before = { revision: 1, life: 'before the loss' };
  const seen = { servers: before, owners: before, records: [serverRecord('s2', 's2-1')] };
  const memory = { recall: async () => seen, follow: () => undefined, save: () => undefined };
  await using s1 = ground.member('s1', bus, { applyFile: ground.file, memory });
  await join(s1);
  await eventually('s1 stands', () => s1.link.stands);
  const fault = () => s1.herd.servers.get('s1')?.cannotCapture;
  assert.match(fault() ?? '', 'sessions of s2 from before that may still capture');
  await ground.room.server('s2', 's2-2', { state: 'draining' });
  await eventually('s1 captures', () => ground.room.captures.get('cam1') === 's1');
  assert.is(fault(), undefined);
});

test.run();
