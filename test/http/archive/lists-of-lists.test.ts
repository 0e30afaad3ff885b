import * as assert from 'uvu/assert';
import type { MadePack } from '../../support/archive/made-archive.ts';
import { type MadeServer, madeHerd } from '../../support/archive/made-herd.ts';
import { readList, uris } from '../../support/media.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/archive/lists-of-lists');

const START_S = 1_795_327_200;
const START_MS = START_S * 1000;

function pack(epoch: number, first: number, atS: number, count: number): MadePack {
  return { stream: 'cam01', epoch, first, count, startMs: START_MS + atS * 1000 };
}

function at<T>(all: readonly T[], index: number): T {
  const found = all[index];
  if (found === undefined) throw new Error(`there is none at ${index}`);
  return found;
}

/** The address that the list of lists at this one names. */
async function named({ url }: MadeServer, leaf: string): Promise<string> {
  const response = await fetch(`${url}/cam01/${leaf}`);
  const text = await response.text();
  return response.status === 200 ? (text.split('\n').at(3) ?? '') : `${response.status}`;
}

test('a window moves on, and another server lists it under the same numbers', async () => {
  const clock = { nowMs: START_MS + 40_000 };
  const first = pack(5, 900, 0, 20);
  await using herd = await madeHerd({ s01: [first], s02: [], s03: [] }, { unixMs: () => clock.nowMs });
  const [one, other] = [at(herd.servers, 0), at(herd.servers, 1)];
  const address = await named(one, 'rewind-20.fmp4.m3u8?token=a');
  assert.match(address, 'token=a');
  assert.match(address, 'anchor=5-910-');
  const before = await readList(`${one.url}/cam01/${address}`);
  assert.is(before.firstNumber, 910);
  assert.equal(uris(before).slice(0, 1), ['5-910.m4s?token=a']);
  // The stream has a new owner, which leaves 100 numbers out.
  at(herd.servers, 2).archive.packs.push(pack(6, 1020, 44, 8));
  clock.nowMs += 20_000;
  const third = at(herd.servers, 2);
  const after = await readList(`${third.url}/cam01/${address}`);
  assert.equal(uris(after).at(-1), '6-1027.m4s?token=a');
  const nth = uris(after).indexOf('5-919.m4s?token=a');
  assert.is(after.firstNumber + nth, 919);
  assert.is(at(after.segments, nth + 1).uri, '6-1020.m4s?token=a');
  assert.ok(at(after.segments, nth + 1).discontinuity);
  for (const { uri, map } of before.segments) {
    assert.is(map, '5-900-init.mp4?token=a');
    assert.is(after.segments.find((segment) => segment.uri === uri)?.map ?? map, map);
  }
  clock.nowMs += 1500;
  assert.equal(await readList(`${other.url}/cam01/${address}`), after);
});

test('a list of lists names the list of the time, and that of a list that moves on, in the form that is asked for', async () => {
  await using herd = await madeHerd({ s01: [pack(5, 900, 0, 30)] }, { unixMs: () => START_MS + 60_000 });
  const server = at(herd.servers, 0);
  assert.is(await named(server, 'index-2026-11-22T06:00:00Z-10.5.m3u8?token=a'), `video-${START_S}-10.5.m3u8?token=a`);
  assert.is(await named(server, `index-${START_S}-now.fmp4.m3u8`), `video-${START_S}-now.fmp4.m3u8`);
  const rewound = await named(server, 'rewind-20.fmp4.m3u8');
  assert.match(rewound, /^rewind-20\.fmp4\.m3u8\?anchor=5-920-/);
  assert.is((await readList(`${server.url}/cam01/${rewound}`)).segments[0]?.map, '5-900-init.mp4');
  assert.is(await named(server, `index-${START_S + 1000}-10.m3u8`), '503');
  assert.is(await named(server, `index-${START_S - 1000}-10.m3u8`), '404');
});

test('a list with a delay shows segments that much later', async () => {
  await using herd = await madeHerd({ s01: [pack(5, 900, 0, 500)] }, { unixMs: () => START_MS + 700_000 });
  const server = at(herd.servers, 0);
  const address = await named(server, `timeshift_abs-${START_S + 300}.m3u8`);
  assert.match(address, 'timeshift_rel-400.m3u8');
  const listed = await readList(`${server.url}/cam01/${address}`);
  assert.equal(uris(listed).at(-1), `5-${900 + 149}.ts`);
  assert.is(listed.segments.length, 30);
});

test.run();
