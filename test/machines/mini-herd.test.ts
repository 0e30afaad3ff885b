import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { streams } from '../support/herd-view.ts';
import { MiniHerd } from '../support/mini-herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('machines/mini-herd');

const NAMES = ['s01', 's02', 's03', 's04'];

function counts(herd: MiniHerd): number[] {
  return herd.up.map((name) => [...herd.captures.values()].filter((server) => server === name).length);
}

function spread(herd: MiniHerd): number {
  const all = counts(herd);
  return Math.max(...all) - Math.min(...all);
}

test('streams are spread, an orphan is taken, and a stream returns to its home', () => {
  const herd = new MiniHerd([...streams(6), { name: 'pinned', weight: 1, captureAt: 's02' }]);
  for (const name of ['s01', 's02', 's03']) herd.join(name);
  herd.run(1000);
  assert.is(herd.captures.size, 7);
  assert.ok(spread(herd) <= 1);
  assert.is(herd.captures.get('pinned'), 's02');
  herd.crash('s02');
  herd.run(1000);
  assert.is(herd.captures.size, 7);
  herd.join('s02');
  herd.run(4000);
  assert.is.not(herd.captures.get('pinned'), 's02', 'it has not stood for 5 s');
  herd.run(3000);
  assert.is(herd.captures.get('pinned'), 's02');
});

test('a stream that a server cannot reach ends up with one that can', () => {
  const herd = new MiniHerd(streams(4), (server, stream) =>
    server === 's03' || stream !== 'cam1' ? 'data' : 'silence',
  );
  for (const name of ['s01', 's02', 's03']) herd.join(name);
  herd.run(100_000);
  assert.is(herd.captures.get('cam1'), 's03');
});

test('a source that no server can reach is tried by one server, and its stream does not move about', () => {
  const herd = new MiniHerd(streams(1), () => 'silence');
  for (const name of ['s01', 's02']) herd.join(name);
  herd.run(100_000);
  const claims = herd.claims;
  assert.is(claims, 2, 'both have tried');
  herd.run(100_000);
  assert.is(herd.claims, claims);
});

test('a pinned stream whose source no server can reach is tried by its home', () => {
  const herd = new MiniHerd([{ name: 'pinned', weight: 1, captureAt: 's02' }], () => 'silence');
  for (const name of ['s01', 's02', 's03']) herd.join(name);
  herd.run(300_000);
  const { claims } = herd;
  assert.is(claims, 4, 'home, the two others, and home again');
  herd.run(100_000);
  assert.is(herd.claims, claims);
});

test('a server whose ffmpegs fail gives up its streams within seconds, each once, and is given no other', () => {
  const lines = [...streams(9), { name: 'pinned', weight: 1, captureAt: 's02' }];
  let broken = 's02';
  const herd = new MiniHerd(lines, (server) => (server === broken ? 'failure' : 'data'));
  for (const name of ['s01', 's02', 's03']) herd.join(name);
  herd.run(5000);
  assert.equal(counts(herd), [5, 0, 5]);
  const tried = herd.claimed.filter((claim) => claim.startsWith('s02 '));
  assert.ok(tried.length <= 4 && new Set(tried).size === tried.length, String(tried));
  const { claims } = herd;
  herd.run(200_000);
  assert.is(herd.claims, claims, 'what works elsewhere stays there');
  // The one server that is left is better than none, and its failures say nothing about other servers.
  broken = '';
  herd.crash('s01');
  herd.crash('s03');
  herd.run(5000);
  assert.equal(counts(herd), [10]);
});

test('a stream that fails on every server makes no server unfit for the others', () => {
  const lines = [...streams(6), { name: 'pinned', weight: 1, captureAt: 's02' }];
  const herd = new MiniHerd(lines, (_, stream) => (stream === 'cam1' ? 'failure' : 'data'));
  for (const name of ['s01', 's02', 's03']) herd.join(name);
  herd.run(10_000);
  assert.is(herd.claimed.filter((claim) => claim.endsWith(' cam1')).length, 3, 'each has tried');
  herd.crash('s02');
  herd.run(1000);
  herd.join('s02');
  herd.run(10_000);
  assert.is(herd.captures.get('pinned'), 's02');
});

test('whatever servers and sources come and go: never two captures of a stream; in the end one of each, evenly, and no stream moves any more', () => {
  const step = fc.record({
    what: fc.constantFrom<('join' | 'crash' | 'drain' | 'undrain')[]>('join', 'join', 'crash', 'drain', 'undrain'),
    name: fc.constantFrom(...NAMES),
    runMs: fc.constantFrom(0, 100, 700, 3000, 8000),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 14 }), fc.array(step, { maxLength: 10 }), (count, steps) => {
      const herd = new MiniHerd([...streams(count), { name: 'pinned', weight: 1, captureAt: 's02' }]);
      herd.join('s01');
      for (const { what, name, runMs } of steps) {
        if (what === 'undrain') herd.drain(name, 'up');
        else herd[what](name);
        herd.run(runMs);
      }
      herd.join('s01');
      herd.drain('s01', 'up');
      herd.run(100_000);
      assert.is(herd.captures.size, count + 1, 'each is captured');
      assert.ok([...herd.captures.values()].every((name) => herd.up.includes(name)));
      assert.ok(spread(herd) <= 1, `even: ${counts(herd)}`);
      if (herd.up.includes('s02')) assert.is(herd.captures.get('pinned'), 's02');
      const { claims } = herd;
      herd.run(20_000);
      assert.is(herd.claims, claims, 'at rest');
    }),
    { numRuns: 15 },
  );
});

test.run();
