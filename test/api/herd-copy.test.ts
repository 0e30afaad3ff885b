import * as assert from 'uvu/assert';
import { HerdCopy } from '../../src/api/herd-copy.ts';
import type { StreamDefinition } from '../../src/domain/definition/stream-definition.ts';
import { parseDefinition } from '../../src/domain/definition/stream-definition-schema.ts';
import type { StreamPlacing } from '../../src/domain/placement/placement-input.ts';
import type { ServerStatus, StreamStatus } from '../../src/domain/status.ts';
import type { HerdChange } from '../../src/http/api/herd-api.ts';
import { server as seat } from '../support/herd-view.ts';
import { streamName } from '../support/stream-names.ts';
import { suite } from '../support/suite.ts';

const test = suite('api/herd-copy');

const NEVER = new AbortController().signal;

const facts = (name: string, more: Partial<StreamStatus> = {}) =>
  [
    name,
    { status: { name, state: 'live', server: 's1', epoch: 3, why: 'a test', ...more } as StreamStatus, revision: 1 },
  ] as const;
const server = (name: string): ServerStatus => ({
  ...{ name, state: 'up', session: name, since: '', why: 'a test', url: `http://${name}`, capacity: 1, streams: 1 },
});

function parsed(value: object): StreamDefinition {
  const parsing = parseDefinition(JSON.stringify({ inputs: ['test:'], ...value }));
  if (!parsing.ok) throw new Error(JSON.stringify(parsing.problems));
  return parsing.definition;
}

function namesIn(change: HerdChange | undefined) {
  if (change === undefined || 'reset' in change) return change === undefined ? 'nothing' : 'reset';
  return { streams: change.streams.map(({ name }) => name).sort(), removed: change.removed };
}

test('a list is written once for all clients, and again when something has changed', () => {
  const copy = new HerdCopy('run');
  copy.takeStreams([facts('b'), facts('a')]);
  const first = copy.listing('streams');
  assert.is(copy.listing('streams'), first);
  const names = JSON.parse(Buffer.from(first.body).toString()).streams.map(({ name }: StreamStatus) => name);
  assert.equal(names, ['a', 'b']);
  copy.takeStreams([facts('a')]);
  assert.is(copy.version, first.version, 'what is the same is no change');
  copy.takeServers({ servers: [server('s1')], roster: [] });
  copy.takeStreams([facts('c'), ['b', null]]);
  assert.is.not(copy.version, first.version);
});

test('a client that knows a version is told what changed since, several changes of a stream as one, and waits while there is none', async () => {
  const copy = new HerdCopy('run');
  copy.takeStreams([facts('a'), facts('b')]);
  const { version } = copy;
  let heard: HerdChange | undefined;
  const waiting = copy.changesSince(version, NEVER).then((change) => {
    heard = change;
  });
  await Promise.resolve();
  assert.is(heard, undefined);
  copy.takeStreams([facts('a', { state: 'stalled' })]);
  await waiting;
  assert.equal(namesIn(heard), { streams: ['a'], removed: [] });
  copy.takeStreams([facts('a')]);
  copy.takeStreams([['b', null], facts('c')]);
  copy.takeStale({ since: '2026-11-22T06:00:00Z', why: 'the bus is away' });
  const all = await copy.changesSince(version, NEVER);
  assert.equal(namesIn(all), { streams: ['a', 'c'], removed: ['b'] });
  assert.ok(all !== undefined && !('reset' in all) && all.stale?.why === 'the bus is away');
  assert.is(all.version, copy.version);
});

test('for a version of another run, of the future, or no longer remembered, the client has to read the lists', async () => {
  const copy = new HerdCopy('run');
  const { version } = copy;
  for (const unknown of ['other-0', 'run-7', 'run-x', 'rubbish', '']) {
    assert.is(namesIn(await copy.changesSince(unknown, NEVER)), 'reset', unknown);
  }
  for (let change = 0; change < 1000; change += 1) copy.takeStreams([facts('a', { epoch: change })]);
  assert.equal(namesIn(await copy.changesSince(version, NEVER)), { streams: ['a'], removed: [] });
  copy.takeStreams([facts('a', { epoch: 2000 })]);
  assert.is(namesIn(await copy.changesSince(version, NEVER)), 'reset');
});

test('a reader that leaves is forgotten', async () => {
  const copy = new HerdCopy('run');
  const leaving = new AbortController();
  const waiting = copy.changesSince(copy.version, leaving.signal);
  leaving.abort();
  assert.is(await waiting, undefined);
});

test('where: with the address of the owner; nowhere with the reason; unknown', () => {
  const copy = new HerdCopy('run');
  const urls = { hls: 'http://s1/a/index.m3u8', mpegts: 'http://s1/a/mpegts' };
  copy.takeServers({ servers: [server('s1')], roster: [] });
  copy.takeStreams([
    facts('a', { urls }),
    ['b', { status: { name: 'b', state: 'idle', why: 'no server is up' }, revision: 1 }],
  ]);
  copy.takeStreams([facts('c', { server: 's2' })]);
  const live = { found: 'live', stream: 'a', server: 's1', url: 'http://s1', epoch: 3, state: 'live', urls };
  assert.equal(copy.where(streamName('a')), live);
  assert.equal(copy.where(streamName('b')), { found: 'nowhere', stream: 'b', why: 'no server is up' });
  assert.equal(copy.where(streamName('c')), {
    ...{ found: 'nowhere', stream: 'c', why: 'its owner s2 is not known here yet' },
  });
  assert.equal(copy.where(streamName('d')), { found: 'unknown', stream: 'd' });
});

test('the input of a plan is put together from the facts, with the time that is left of each delay', () => {
  const copy = new HerdCopy('run');
  const definition = parsed({ capture_at: 's2', weight: 2 });
  const at = (name: string, placing: StreamPlacing, more: Partial<StreamStatus> = {}) =>
    [name, { ...facts(name, more)[1], definition, placing }] as const;
  const failedBy = ['s1', 's3'].map((name, index) => ({ server: name, leftMs: 1000 * (index + 1) }));
  const { server: _, ...vacant } = facts('c')[1].status;
  copy.takeStreams(
    [
      at('a', { failedBy, restLeftMs: 500 }),
      at('b', { moved: true }),
      ['c', { status: vacant, revision: 1, definition, placing: { heir: { server: 's2', leftMs: 700 } } }],
      ['off', { ...facts('off')[1], definition: { ...definition, disabled: true } }],
      ['unread', facts('unread')[1]],
    ],
    5000,
  );
  const flapping = seat('s2', { stoodForMs: 0, returnDelayMs: 900, flapping: true });
  copy.takeServers({ servers: [], roster: [seat('s1'), flapping] }, 5000);
  const now = copy.placement(5000);
  assert.equal(
    now.streams,
    ['a', 'b', 'c'].map((name) => ({ name, captureAt: 's2', weight: 2 })),
  );
  assert.equal(
    [...now.owners],
    [
      ['a', 's1'],
      ['b', 's1'],
    ],
  );
  assert.equal(now.failedBy, new Map([['a', new Set(['s1', 's3'])]]));
  assert.equal(
    [[...(now.heirs ?? [])], [...(now.moved ?? [])], [...(now.resting ?? [])]],
    [[['c', 's2']], ['b'], ['a']],
  );
  assert.equal(now.servers, [seat('s1'), flapping]);
  const later = copy.placement(6000);
  assert.equal(later.failedBy, new Map([['a', new Set(['s3'])]]));
  assert.equal([later.heirs?.size, later.moved?.size, later.resting?.size], [0, 1, 0]);
  assert.equal(later.servers[1], { ...flapping, stoodForMs: 1000, flapping: false });
});

test.run();
