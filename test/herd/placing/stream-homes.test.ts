import * as assert from 'uvu/assert';
import type { Told } from '../../../src/domain/herd-event.ts';
import { StreamHomes } from '../../../src/herd/placing/stream-homes.ts';
import { Definitions } from '../../../src/herd/view/definitions.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { serverRecord } from '../../support/herd-room.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/placing/stream-homes');

/** s1's view of a herd of which it knows s1, and s2 from its configuration file. */
function world() {
  const clock = new HeapClock();
  const definitions = new Definitions();
  const records = new Map([['s1', serverRecord('s1', 's1-1')]]);
  const told: Told[] = [];
  const changed: string[] = [];
  const first = { isFirst: true };
  const homes = new StreamHomes({
    definitions,
    servers: { get: (server) => records.get(server) },
    peers: ['s2'],
    tellsForAll: () => first.isFirst,
    tell: (event) => told.push(event),
    shown: { streamChanged: (name) => changed.push(name) },
    clock: { ...clockOf(clock), unixMs: () => 0 },
  });
  let revision = 0;
  const define = (name: string, captureAt?: string) => {
    const value = captureAt === undefined ? {} : { capture_at: captureAt };
    definitions.take({ key: name, revision: ++revision, text: JSON.stringify({ url: 'test:', ...value }) });
    homes.defined(streamName(name));
  };
  const remove = (name: string) => {
    definitions.take({ key: name, revision: ++revision, text: null });
    homes.defined(streamName(name));
  };
  return { clock, homes, records, told, changed, first, define, remove };
}

function clockOf(clock: HeapClock) {
  return {
    now: () => clock.now(),
    setTimeout: (run: () => void, waitMs: number) => clock.setTimeout(run, waitMs),
    clearTimeout: (timer: unknown) => clock.clearTimeout(timer as number),
  };
}

test('a home is unknown when neither the herd nor the configuration file has a server of the name', () => {
  const { homes } = world();
  assert.equal([undefined, 's1', 's2', 's9'].map(homes.isUnknown), [false, false, false, true]);
});

test('a definition with an unknown home is told once, half a minute later, by one server', () => {
  const { clock, told, first, define } = world();
  for (const [name, captureAt] of [
    ['cam0', undefined],
    ['cam1', 's1'],
    ['cam2', 's2'],
    ['cam3', 's9'],
  ] as const) {
    define(name, captureAt);
  }
  clock.advance(20_000);
  define('cam4', 's8');
  clock.advance(9999);
  assert.equal(told, []);
  clock.advance(1);
  const why = 'its capture_at names s9, and no server of that name is known: it is placed as if it had none';
  assert.equal(told, [{ kind: 'definition-doubtful', stream: 'cam3', why }]);
  clock.advance(20_000);
  assert.equal(
    told.map(({ stream }) => stream),
    ['cam3', 'cam4'],
  );
  first.isFirst = false;
  define('cam5', 's9');
  clock.advance(600_000);
  assert.is(told.length, 2, 'another server tells of it');
});

test('a home that becomes known in time is not told', () => {
  const { clock, records, told, define, remove } = world();
  define('cam1', 's9');
  define('cam2', 's8');
  define('cam3', 's7');
  define('cam4', 's7');
  clock.advance(10_000);
  records.set('s9', serverRecord('s9', 's9-1'));
  define('cam2', 's1');
  remove('cam3');
  clock.advance(15_000);
  define('cam4', 's6');
  clock.advance(29_999);
  assert.equal(told, []);
  clock.advance(1);
  assert.match(told[0]?.why ?? '', 'its capture_at names s6');
  assert.is(told.length, 1);
});

test('a server that appears or is forgotten changes what is shown of the streams that name it', () => {
  const { homes, changed, define } = world();
  define('cam1', 's9');
  define('cam2', 's8');
  homes.serverAppeared('s9');
  assert.equal(changed, ['cam1']);
});

test('after its end no timer is left', () => {
  const { clock, homes, told, define } = world();
  define('cam1', 's9');
  homes[Symbol.dispose]();
  clock.advance(60_000);
  assert.equal(told, []);
});

test.run();
