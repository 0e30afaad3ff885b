import { createInbox } from 'nats';
import * as assert from 'uvu/assert';
import type { WhereAnswer } from '../../../src/domain/status.ts';
import type { Bus } from '../../../src/nats/connection/bus.ts';
import { connectBus } from '../../../src/nats/connection/connection.ts';
import { serveWhere } from '../../../src/nats/services/where-service.ts';
import { eventually } from '../../support/eventually.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { suite } from '../../support/suite.ts';

const test = suite('nats/services/where-service');

const urls = { hls: 'http://s01/cam01/index.m3u8', mpegts: 'http://s01/cam01/mpegts' };
const live = { stream: 'cam01', server: 's01', url: 'http://s01/cam01', epoch: 7, state: 'live', urls };

function where(stream: string): WhereAnswer {
  if (stream === 'cam01') return { found: 'live', ...live };
  if (stream === 'a/b.c') return { found: 'nowhere', stream, why: 'no server\r\nhas “it”' };
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

test('an unknown stream gives the service error 404, a stream that is nowhere 503 with the reason, a bug 500', async () => {
  await using service = await openService();
  assert.is((await ask(service.client, 'where.cam02')).code, '404');
  const nowhere = await ask(service.client, 'where.a/b.c');
  assert.is(nowhere.code, '503');
  assert.is(nowhere.error, 'no server has “it”');
  assert.equal(nowhere.body, { error: 'no server\r\nhas “it”', code: 503 });
  const bug = await service.client.request('where.broken', '', { timeoutMs: 2000 });
  assert.is(bug.headers?.get('Nats-Service-Error-Code'), '500');
});

test('subjects that name no stream give 404, and the service goes on', async () => {
  await using service = await openService();
  for (const name of ['=', 'api', '-x', 'a/', 'ä', '$', 'x'.repeat(1000), 'a.b.c.d', '%00', '"{}"']) {
    assert.is((await ask(service.client, `where.${name}`)).code, '404', name);
  }
  service.client.publish('where.cam01', 'without a reply');
  assert.is((await ask(service.client, 'where.cam01')).code, undefined);
  assert.equal(service.stopped, []);
});

/** The answers of all services to one question that goes to all of them. */
async function askAll(bus: Bus, subject: string, services: number): Promise<readonly Record<string, unknown>[]> {
  const inbox = createInbox();
  const answers: Record<string, unknown>[] = [];
  const listening = bus.listen(inbox, (message) => answers.push(message.json()));
  bus.connection.publish(subject, '', { reply: inbox });
  await eventually(`${services} answers to ${subject}`, () => answers.length >= services);
  // When a later question of the same connection is answered, every earlier answer has arrived.
  await ask(bus, 'where.cam01');
  listening.close();
  assert.is(answers.length, services, subject);
  return answers;
}

test('is a micro service of NATS: ping, info and stats, as its tools expect them', async () => {
  await using service = await openService(2);
  const { client } = service;
  const pings = await askAll(client, '$SRV.PING', 2);
  assert.equal(pings.map(({ metadata }) => JSON.stringify(metadata)).sort(), ['{"server":"s00"}', '{"server":"s01"}']);
  const ids = new Set(pings.map(({ id }) => id));
  assert.is(ids.size, 2);
  for (const { id } of pings) {
    assert.equal(
      (await askAll(client, `$SRV.PING.streamherd.${id}`, 1)).map((ping) => [ping.type, ping.id, ping.version]),
      [['io.nats.micro.v1.ping_response', id, '1.2.3']],
    );
  }
  for (const info of await askAll(client, '$SRV.INFO.streamherd', 2)) {
    assert.is(info.type, 'io.nats.micro.v1.info_response');
    assert.match(String(info.description), 'which server');
    assert.equal(info.endpoints, [
      {
        name: 'where',
        subject: 'where.>',
        queue_group: 'q',
        metadata: { request: 'where.<stream>', reply: '{"stream","server","url","epoch","state","urls"}' },
      },
    ]);
  }
  const before = await requestsOf(client);
  for (let i = 0; i < 20; i++) await ask(client, 'where.cam01');
  await ask(client, 'where.broken');
  const after = await requestsOf(client);
  // One is asked by `askAll` itself.
  assert.equal([after.requests - before.requests, after.errors], [22, 1]);
});

async function requestsOf(bus: Bus): Promise<{ readonly requests: number; readonly errors: number }> {
  const stats = await askAll(bus, '$SRV.STATS.streamherd', 2);
  const endpoints = stats.flatMap(({ endpoints }) => endpoints as Record<string, number>[]);
  const sum = (word: string) => endpoints.reduce((total, endpoint) => total + (endpoint[word] ?? Number.NaN), 0);
  assert.ok(sum('average_processing_time') >= 0);
  return { requests: sum('num_requests'), errors: sum('num_errors') };
}

test('an answer goes only to an inbox: a question cannot send it to a subject where it would do something', async () => {
  await using service = await openService();
  const heard: string[] = [];
  service.client.listen('>', ({ subject }) => heard.push(subject));
  const replies = [
    '$KV.streams.cam01',
    '$JS.API.STREAM.PURGE.KV_owners',
    'herd.control.s01',
    'events.x',
    'where.cam02',
  ];
  for (const subject of ['where.cam01', 'where.cam02', '$SRV.PING']) {
    for (const reply of replies) service.client.connection.publish(subject, '', { reply });
  }
  assert.is((await ask(service.client, 'where.cam01')).code, undefined);
  assert.equal(heard.filter((subject) => replies.includes(subject) && subject !== 'where.cam02').sort(), []);
  assert.is(heard.filter((subject) => subject === 'where.cam02').length, replies.length, 'the questions themselves');
});

test('the service tells that it stopped when the bus forbids its subjects', async () => {
  const users = 'users: [{ user: u, password: p, permissions: { subscribe: { allow: ["_INBOX.>", "$SRV.>"] } } }]';
  await using nats = await startNatsServer({ config: `authorization { ${users} }` });
  await using bus = await connectBus({
    servers: [`nats://u:p@127.0.0.1:${nats.port}`],
    name: 's01',
    onStatus: () => {},
  });
  const stopped: string[] = [];
  await serveWhere(bus, { version: '1.2.3', server: 's01', where, onStopped: (why) => stopped.push(why) });
  await eventually('told', () => stopped.length > 0);
  assert.match(stopped.join(), /^where\.>: .*[Pp]ermission/);
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
  assert.is(refused, 'no subscriber on where.cam01');
  assert.equal(service.stopped, []);
});

test.run();
