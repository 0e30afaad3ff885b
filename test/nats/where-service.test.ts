import { Svcm } from '@nats-io/services';
import * as assert from 'uvu/assert';
import type { WhereAnswer } from '../../src/domain/status.ts';
import type { Bus } from '../../src/nats/bus.ts';
import { connectBus } from '../../src/nats/connection.ts';
import { serveWhere } from '../../src/nats/where-service.ts';
import { eventually } from '../support/eventually.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { suite } from '../support/suite.ts';

const test = suite('nats/where-service');

const urls = { hls: 'http://s01/cam01/index.m3u8', mpegts: 'http://s01/cam01/mpegts' };
const live = { stream: 'cam01', server: 's01', url: 'http://s01/cam01', epoch: 7, state: 'live', urls };

function where(stream: string): WhereAnswer {
  if (stream === 'cam01') return { found: 'live', ...live };
  if (stream === 'a/b.c') return { found: 'nowhere', stream, why: 'nobody\r\nhas “it”' };
  if (stream === 'broken') throw new Error('a bug');
  return { found: 'unknown', stream };
}

async function openService(servers = 1) {
  const nats = await startNatsServer();
  const connect = () => connectBus({ servers: [nats.url], name: 's01', onStatus: () => {} });
  const client = await connect();
  const buses = await Promise.all(Array.from({ length: servers }, connect));
  const stopped: string[] = [];
  const services = await Promise.all(
    buses.map((bus, i) =>
      serveWhere(bus, { version: '1.2.3', server: `s0${i}`, where, onStopped: (why) => stopped.push(why) }),
    ),
  );
  return {
    nats,
    client,
    buses,
    services,
    stopped,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([client, ...buses].map((bus) => bus.close()));
      await nats[Symbol.asyncDispose]();
    },
  };
}

async function ask(bus: Bus, subject: string) {
  const reply = await bus.request(subject, '', { timeoutMs: 2000 });
  return {
    code: reply.headers?.get('Nats-Service-Error-Code'),
    error: reply.headers?.get('Nats-Service-Error'),
    body: reply.json(),
  };
}

test('answers where a stream is', async () => {
  await using service = await openService();
  const reply = await service.client.request('where.cam01', '', { timeoutMs: 2000 });
  assert.equal(reply.json(), live);
  assert.is(reply.headers?.has('Nats-Service-Error') ?? false, false);
});

test('an unknown stream is a service error 404, one that is nowhere a 503 with why, a bug a 500', async () => {
  await using service = await openService();
  assert.is((await ask(service.client, 'where.cam02')).code, '404');
  const nowhere = await ask(service.client, 'where.a/b.c');
  assert.is(nowhere.code, '503');
  assert.is(nowhere.error, 'nobody has “it”');
  assert.equal(nowhere.body, { error: 'nobody\r\nhas “it”', code: 503 });
  const bug = await service.client.request('where.broken', '', { timeoutMs: 2000 });
  assert.is(bug.headers?.get('Nats-Service-Error-Code'), '500');
});

test('subjects that name no stream are 404, and it lives on', async () => {
  await using service = await openService();
  for (const name of ['=', 'api', '-x', 'a/', 'ä', '$', 'x'.repeat(1000), 'a.b.c.d', '%00', '"{}"']) {
    assert.is((await ask(service.client, `where.${name}`)).code, '404', name);
  }
  service.client.publish('where.cam01', 'without a reply');
  assert.is((await ask(service.client, 'where.cam01')).code, undefined);
  assert.equal(service.stopped, []);
});

test('is a micro service of NATS: ping, info and stats', async () => {
  await using service = await openService(2);
  const services = new Svcm(service.client.connection).client();
  const pings = [];
  for await (const ping of await services.ping('streamherd')) pings.push(ping.metadata?.server);
  assert.equal(pings.sort(), ['s00', 's01']);
  for await (const info of await services.info('streamherd')) {
    assert.is(info.version, '1.2.3');
    assert.equal(
      info.endpoints.map(({ name, subject, queue_group }) => [name, subject, queue_group]),
      [['where', 'where.>', 'q']],
    );
  }
  for (let i = 0; i < 20; i++) await ask(service.client, 'where.cam01');
  let requests = 0;
  for await (const stats of await services.stats('streamherd')) requests += stats.endpoints?.[0]?.num_requests ?? 0;
  assert.is(requests, 20);
});

test('answers again after its NATS server was restarted; ends when it is closed', async () => {
  await using service = await openService();
  await service.nats.restart();
  await eventually('an answer', async () => (await ask(service.client, 'where.cam01')).code === undefined);
  assert.equal(service.stopped, []);
  for (const { close } of service.services) await close();
  const refused = await service.client
    .request('where.cam01', '', { timeoutMs: 2000 })
    .catch((error: Error) => error.message);
  assert.is(refused, 'nobody listens to where.cam01');
  assert.equal(service.stopped, []);
});

test.run();
