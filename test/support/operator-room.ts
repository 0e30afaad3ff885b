import type { DrainMark } from '../../src/herd/operating/drain-mark.ts';
import { Operator } from '../../src/herd/operating/operator.ts';
import type { Change } from '../../src/http/api/herd-api.ts';
import type { Bus } from '../../src/nats/connection/bus.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { eventually } from './eventually.ts';
import { RoomWorld } from './herd-room.ts';
import { LinkedRoom } from './linked-room.ts';
import type { Fate, Question } from './memory-store.ts';
import { type NatsServer, startNatsServer } from './nats-server.ts';
import { streamName } from './stream-names.ts';

export const CAM = streamName('cam1');
export const URL = { url: 'test:' };

export function connect(nats: { readonly url: string }, server: string): Promise<Bus> {
  return connectBus({ servers: [nats.url], name: server, onStatus: () => {} });
}

const MARKED: Pick<DrainMark, 'set'> = { set: async () => undefined };

export function operatorOf({ room, link }: LinkedRoom, world: RoomWorld, bus: Bus, drainMark = MARKED): Operator {
  return new Operator({
    config: { serverName: room.server },
    bus,
    streams: world.memory.open('streams', room.server),
    servers: world.memory.open('servers', room.server),
    herd: room.herd,
    link,
    drainMark,
  });
}

/** How an operator reads it: `409: s2 is draining, and takes no streams`. */
export async function said(change: Promise<Change> | Change): Promise<string> {
  const answer = await change;
  return answer.ok ? `done: ${answer.why}` : `${answer.status}: ${answer.error}`;
}

/** cam1 is live on s1 while `body` runs. s2, s3 and s4 (which is down) are on the list and do not exist. */
export async function withOwner(
  body: (it: { world: RoomWorld; s1: LinkedRoom; operator: Operator; bus: Bus; nats: NatsServer }) => Promise<void>,
  fate: (key: string, question: Question) => Fate = () => 'answered',
): Promise<void> {
  await using nats = await startNatsServer({ jetstream: false });
  await using bus = await connect(nats, 's1');
  const world = new RoomWorld({ fate: (view, question, key) => (view === 's1' ? fate(key, question) : 'answered') });
  await world.put('streams', 'cam1', { ...URL, capture_at: 's1' });
  for (const server of ['s2', 's3']) await world.server(server, `${server}-1`);
  await world.server('s4', 's4-1', { state: 'down' });
  await using s1 = new LinkedRoom(world, 's1');
  await s1.stand();
  await eventually('cam1 is live', () => s1.room.herd.views.status(CAM)?.state === 'live');
  await body({ world, s1, operator: operatorOf(s1, world, bus), bus, nats });
}
