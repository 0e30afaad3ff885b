import * as assert from 'uvu/assert';
import type { PullingDesk } from '../../../../src/archive/operating/returns-desk.ts';
import { clusterSignature } from '../../../../src/host/cluster-signature.ts';
import { createApi } from '../../../../src/http/api/api.ts';
import {
  archiveChangeSchema,
  archivesSchema,
  streamArchivesSchema,
} from '../../../../src/http/api/archive/archive-answers.ts';
import {
  type ArchiveServer,
  ArchivesOfHerd,
  QUESTION_PATH,
  SIGNATURE_HEADER,
} from '../../../../src/http/api/archive/herd-archive.ts';
import { herdReturnsSchema } from '../../../../src/http/api/archive/return-answers.ts';
import { startTestApi } from '../../../support/api-over-media.ts';
import { deskClient, deskOnDisk } from '../../../support/archive/desk-port.ts';
import { MemoryDisk } from '../../../support/archive/memory-disk.ts';
import { START_MS, testSegments, writePack } from '../../../support/archive/pack-fixture.ts';
import { RETURNS } from '../../../support/archive/told-returns.ts';
import { memoryHerd } from '../../../support/herd-api.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('http/api/archive/archive-routes');

const KEY = 'the key of a test';
const admin = { name: 'admin', password: 'se:cret', role: 'edit' } as const;
const POLICY = { users: [admin], viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' };
const EDIT = { authorization: `Basic ${Buffer.from('admin:se:cret').toString('base64')}` };
const HOUR_MS = 3_600_000;

interface ServerOptions {
  readonly hours: readonly number[];
  readonly stream?: string;
  readonly clusterKey?: string;
  readonly pulling?: PullingDesk;
}

/** One server with recordings, which answers over HTTP. `peers` is filled when all have started. */
async function startServer(
  name: string,
  peers: ArchiveServer[],
  { hours, stream = 'cam01', clusterKey, pulling }: ServerOptions,
) {
  const disk = new MemoryDisk();
  const place = { stream, folder: `/disk/${stream.replace('/', '=2F')}`, server: name };
  for (const hour of hours) {
    await writePack(disk, testSegments(4, 90_000 + hour * 1800, START_MS + hour * HOUR_MS), { place });
  }
  const { desk, verification } = await deskOnDisk(disk, { server: name, pulling });
  verification.setRoots(['/disk']);
  const client = deskClient(desk);
  const archive = new ArchivesOfHerd({
    server: name,
    ask: (call, question) => client.ask(call, question),
    servers: () => peers,
    clusterKey,
  });
  const herd = { ...memoryHerd(), archive };
  const media = await startTestApi(name, createApi({ herd, policy: POLICY }).fetch);
  peers.push({ name, session: `session of ${name}`, peerUrl: media.url, isUp: true });
  peers.sort((one, other) => (one.name < other.name ? -1 : 1));
  const ask = async (target: string, init: RequestInit = {}) => {
    const response = await fetch(`${media.url}${target}`, { headers: EDIT, ...init });
    return { status: response.status, json: JSON.parse(await response.text()) };
  };
  return {
    ...{ name, herd, ask, disk, verification },
    [Symbol.asyncDispose]: async () => {
      client[Symbol.dispose]();
      await verification.close();
      await media[Symbol.asyncDispose]();
    },
  };
}

const post = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) });

test('any server shows the archives of all, each stream with what each of them has of it', async () => {
  const peers: ArchiveServer[] = [];
  await using one = await startServer('s01', peers, { hours: [-3, -2], clusterKey: KEY });
  await using _two = await startServer('s02', peers, { hours: [-1], clusterKey: KEY });
  peers.push({ name: 's03', session: 'x', peerUrl: 'http://127.0.0.1:1', isUp: false });

  const { status, json } = await one.ask('/api/v1/archive');
  assert.is(status, 200);
  const { servers, silent } = archivesSchema.parse(json);
  assert.equal(
    servers.map(({ server, streams }) => [
      server,
      streams.map(({ stream, packs, recorded }) => [stream, packs, recorded]),
    ]),
    [
      ['s01', [['cam01', 2, false]]],
      ['s02', [['cam01', 1, false]]],
    ],
  );
  assert.equal(servers[0]?.streams[0]?.from, new Date(START_MS - 3 * HOUR_MS).toISOString());
  assert.equal(silent, [{ server: 's03', why: 'it is down' }]);
  const only = archivesSchema.parse((await one.ask('/api/v1/archive?server=s02')).json);
  assert.equal([only.servers.map(({ server }) => server), only.silent], [['s02'], []]);
  assert.is((await one.ask('/api/v1/archive?server=s09')).status, 404);

  const shown = streamArchivesSchema.parse((await one.ask('/api/v1/archive/cam01?limit=1')).json);
  assert.equal(
    shown.servers.map(({ server, ranges, gaps, packs, next }) => [
      server,
      ranges.length,
      gaps.length,
      packs.length,
      !!next,
    ]),
    [
      ['s01', 2, 1, 1, true],
      ['s02', 1, 0, 1, false],
    ],
  );
  const { next } = shown.servers[0] ?? {};
  const second = streamArchivesSchema.parse((await one.ask(`/api/v1/archive/cam01?server=s01&after=${next}`)).json);
  assert.equal(
    second.servers[0]?.packs.map(({ from }) => from),
    [new Date(START_MS - 2 * HOUR_MS).toISOString()],
  );
  const from = new Date(START_MS - HOUR_MS).toISOString();
  const late = streamArchivesSchema.parse((await one.ask(`/api/v1/archive/cam01?from=${from}`)).json);
  assert.equal(
    late.servers.map(({ server }) => server),
    ['s02'],
  );
  const unknown = await one.ask('/api/v1/archive/cam99?server=s01');
  assert.equal([unknown.status, unknown.json.error], [404, 'nothing of cam99 is recorded']);
  assert.match((await one.ask('/api/v1/archive/cam01?from=noon')).json.error, /^from: expected Unix seconds/);
});

test('a time is kept on every server that has something of the stream, by one id, and released by it', async () => {
  const peers: ArchiveServer[] = [];
  await using one = await startServer('s01', peers, { hours: [-3], clusterKey: KEY });
  await using two = await startServer('s02', peers, { hours: [-3], clusterKey: KEY });
  await using _other = await startServer('s03', peers, { hours: [-3], clusterKey: KEY, stream: 'hall/cam2' });
  const body = { from: (START_MS - 3 * HOUR_MS) / 1000, duration: '10m', note: 'the accident' };
  const { status, json } = await one.ask('/api/v1/archive/cam01/keep', post(body));
  const kept = archiveChangeSchema.parse(json);
  assert.equal([status, kept.servers.map(({ server }) => server), kept.silent], [200, ['s01', 's02'], []]);
  for (const { ask } of [one, two]) {
    const { servers } = streamArchivesSchema.parse((await ask('/api/v1/archive/cam01')).json);
    const times = servers.map((server) => server.kept.map(({ id, note }) => [id, note]));
    assert.equal(times, [[[kept.id, 'the accident']], [[kept.id, 'the accident']]]);
  }
  assert.match(
    one.herd.log.at(-1)?.why ?? '',
    `its recordings from 2026-11-22T03:10:00.000Z to 2026-11-22T03:20:00.000Z are kept (${kept.id})`,
  );
  assert.match(one.herd.log.at(-1)?.by ?? '', /^admin/);
  assert.equal(two.herd.log, [], 'the server that was asked tells of it');
  assert.is((await two.ask(`/api/v1/archive/cam01/keep/${kept.id}`, { method: 'DELETE' })).status, 200);
  assert.is((await two.ask(`/api/v1/archive/cam01/keep/${kept.id}`, { method: 'DELETE' })).status, 404);
  assert.is((await one.ask('/api/v1/archive/cam99/keep', post(body))).status, 404);
  assert.is((await one.ask('/api/v1/archive/hall/cam2/keep', post({ ...body, duration: 90 }))).status, 200);
  for (const wrong of [
    { from: 'noon', duration: 5 },
    { from: 5, duration: 'long' },
    { from: 5 },
    { from: 5, duration: 0 },
  ]) {
    assert.is((await one.ask('/api/v1/archive/cam01/keep', post(wrong))).status, 400);
  }
  const stranger = { ...post(body), headers: {} };
  assert.is((await one.ask('/api/v1/archive/cam01/keep', stranger)).status, 401);
});

test('a verification is ordered, shown, refused while one is under way, and ended; the clock is confirmed', async () => {
  const peers: ArchiveServer[] = [];
  await using one = await startServer('s01', peers, { hours: [-3, -2], clusterKey: KEY });
  const ordered = await one.ask('/api/v1/archive/verify', { method: 'POST' });
  assert.equal([ordered.status, ordered.json.why], [200, 's01: 2 packs of all streams to be read back']);
  const refused = await one.ask('/api/v1/archive/verify', post({ stream: 'cam01' }));
  const state = archivesSchema.parse((await one.ask('/api/v1/archive')).json).servers[0]?.verification;
  assert.is(state?.order?.packs, 2);
  // It has been read in the meantime where the machine was slow to ask.
  assert.ok(refused.status === 409 || state?.order?.stream === 'cam01', JSON.stringify(refused));
  assert.ok([200, 404].includes((await one.ask('/api/v1/archive/verify', { method: 'DELETE' })).status));
  assert.is((await one.ask('/api/v1/archive/verify', post({ stream: 'cam99' }))).status, 404);
  assert.is((await one.ask('/api/v1/archive/verify', post({ duration: 5 }))).status, 400);
  assert.is((await one.ask('/api/v1/archive/clock-confirmed', { method: 'POST' })).status, 200);
  assert.is((await one.ask('/api/v1/archive/clock-confirmed', { method: 'POST' })).status, 404);
});

test('a question of another server is answered by its signature alone; clients and old questions are refused', async () => {
  const peers: ArchiveServer[] = [];
  await using one = await startServer('s01', peers, { hours: [-3], clusterKey: KEY });
  const text = (atMs: number) => JSON.stringify({ call: 'overview', question: {}, atMs });
  const ask = (body: string, key: string, session: string) => {
    const signature = clusterSignature('archive', key, session, body);
    return one.ask(QUESTION_PATH, { method: 'POST', body, headers: { [SIGNATURE_HEADER]: signature } });
  };
  const now = text(Date.now());
  assert.is((await ask(now, KEY, 'session of s01')).status, 200);
  assert.is((await ask(now, 'another key', 'session of s01')).status, 403);
  assert.is((await ask(now, KEY, 'session of s02')).status, 403);
  assert.is((await ask(text(Date.now() - 300_000), KEY, 'session of s01')).status, 403);
  assert.is((await one.ask(QUESTION_PATH, { method: 'POST', body: now })).status, 403, 'a password is no signature');
});

test('without a cluster key, and of a server that does not answer, it is said why nothing is shown', async () => {
  const peers: ArchiveServer[] = [];
  await using one = await startServer('s01', peers, { hours: [-3] });
  await using _two = await startServer('s02', peers, { hours: [-1] });
  const alone = archivesSchema.parse((await one.ask('/api/v1/archive')).json);
  assert.equal(
    alone.servers.map(({ server }) => server),
    ['s01'],
  );
  assert.match(alone.silent[0]?.why ?? '', /cluster_key/);

  const others: ArchiveServer[] = [{ name: 's09', session: 'x', peerUrl: 'http://127.0.0.1:1', isUp: true }];
  await using three = await startServer('s03', others, { hours: [-3], clusterKey: KEY });
  const { servers, silent } = archivesSchema.parse((await three.ask('/api/v1/archive')).json);
  assert.equal([servers.map(({ server }) => server), silent.map(({ server }) => server)], [['s03'], ['s09']]);
  assert.match(silent[0]?.why ?? '', /^it cannot be reached/);
});

test('any server shows what returns to each of them, and passes orders about it on', async () => {
  const peers: ArchiveServer[] = [];
  const orders: string[] = [];
  const pulling: PullingDesk = {
    pulling: () => RETURNS.pulling,
    order: async (order) => {
      orders.push(order);
      return order === 'pause' ? { is: 'refused', why: 'not now' } : { is: 'done', why: 'it begins' };
    },
  };
  await using one = await startServer('s01', peers, { hours: [-1], clusterKey: KEY });
  await using _two = await startServer('s02', peers, { hours: [], clusterKey: KEY, pulling });
  const { servers, silent } = herdReturnsSchema.parse((await one.ask('/api/v1/archive-returns')).json);
  assert.equal(
    servers.map(({ server, state, holders, stuck }) => [server, state, holders.length, stuck.length]),
    [
      ['s01', 'waiting', 0, 0],
      ['s02', 'running', 1, 1],
    ],
  );
  assert.equal(servers[1]?.holders[0]?.oldest, '2026-11-22T06:00:00.000Z');
  assert.equal(silent, []);
  const order = async (body: unknown, query = '') => {
    const { status, json } = await one.ask(`/api/v1/archive-returns${query}`, { ...post(body), headers: EDIT });
    return [status, json.error ?? json.why];
  };
  assert.equal(await order({ order: 'now' }), [200, 's02: it begins']);
  assert.equal(await order({ order: 'pause' }), [409, 's02: not now']);
  assert.equal(await order({ order: 'resume' }, '?server=s01'), [404, 'nothing returns to this server']);
  assert.is((await order({ order: 'soon' }))[0], 400);
  assert.equal(orders, ['now', 'pause']);
  assert.is((await one.ask('/api/v1/archive-returns', { ...post({ order: 'now' }), headers: {} })).status, 401);
  assert.is((await one.ask('/api/v1/archive-returns?server=s09')).status, 404);
});

test.run();
