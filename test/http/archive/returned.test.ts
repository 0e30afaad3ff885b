import * as assert from 'uvu/assert';
import type { MadePack } from '../../support/archive/made-archive.ts';
import { type MadeServer, madeHerd } from '../../support/archive/made-herd.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/archive/returned');

const START_S = 1_795_327_200;
const NOW_MS = (START_S + 86_400) * 1000;

function pack(epoch: number, atS: number, more: Partial<MadePack> = {}): MadePack {
  return { stream: 'cam01', epoch, first: 900 + atS / 2, count: 30, startMs: (START_S + atS) * 1000, ...more };
}

/** `s02` has erased the second of three minutes of which `s01`, if it `hasIt`, is the home. */
function herd({ hasIt = true, nowMs = () => performance.now() } = {}) {
  const packs = {
    s01: [pack(17, 0), ...(hasIt ? [pack(18, 60)] : [])],
    s02: [pack(18, 60, { returnedTo: 's01' })],
    s03: [pack(19, 120)],
  };
  return madeHerd(packs, { unixMs: () => NOW_MS, nowMs });
}

async function get(server: MadeServer | undefined, target: string) {
  const response = await fetch(`${server?.url}${target}`, { redirect: 'manual' });
  const [unavailable = '[]'] = [response.headers.get('streamherd-unavailable') ?? undefined];
  const said = { status: response.status, location: response.headers.get('location'), text: await response.text() };
  return { ...said, unavailable: JSON.parse(unavailable) as unknown };
}

const LIST = `/cam01/archive-${START_S}-180.m3u8`;
const STATUS = `/cam01/recording_status.json?from=${START_S}&to=${START_S + 180}&detail=1`;
const SEGMENT = '/cam01/18-940.ts';
/** What lists of fragmented MP4 name of it. */
const AS_MP4 = ['/cam01/18-940.m4s', '/cam01/18-930-init.mp4', '/cam01/18-930-audio-init.mp4'];

test('what was erased is listed once, from its home, and an old address leads there', async () => {
  await using made = await herd();
  const [home, holder, third] = made.servers;
  for (const server of [home, holder, third]) {
    const { text, unavailable } = await get(server, LIST);
    assert.is(text.match(/18-\d+\.ts/g)?.length, 30);
    assert.equal(unavailable, []);
    const [status] = JSON.parse((await get(server, STATUS)).text);
    assert.equal([status.unavailable, status.gaps], [undefined, []]);
    const names = status.ranges.map((range: { server: string }) => range.server);
    assert.equal(names, ['s01', 's01', 's03']);
  }
  for (const target of [SEGMENT, ...AS_MP4]) {
    const { status, location } = await get(holder, target);
    assert.equal([status, location], [302, `${home?.url}${target}?via=s02`]);
  }
});

test('an old address leads to the home also when nothing is remembered of it', async () => {
  let nowMs = 0;
  await using made = await herd({ hasIt: false, nowMs: () => nowMs });
  const [home, holder] = made.servers;
  assert.is((await get(holder, SEGMENT)).status, 302, 'the home says itself what it has');
  home?.archive.packs.push(pack(18, 60));
  // What was recorded hours ago is asked for again only now and then.
  nowMs += 5000;
  assert.is((await get(holder, SEGMENT)).status, 302);
  assert.is((await get(home, `${SEGMENT}?via=s02`)).status, 404, 'it has no media in this test, and is sent nowhere');
});

test('while the home is down its time is unavailable and no gap, also if it was never asked', async () => {
  await using made = await herd();
  const [, holder, third] = made.servers;
  made.setUp('s01', false);
  for (const server of [holder, third]) {
    const { unavailable, text } = await get(server, LIST);
    assert.equal(unavailable, [{ from: START_S + 60, duration: 60 }]);
    assert.is(text.match(/19-\d+\.ts/g)?.length, 30);
    const [status] = JSON.parse((await get(server, STATUS)).text);
    assert.equal(status.unavailable, [{ from: START_S + 60, duration: 60, server: 's01' }]);
    assert.equal(status.gaps, []);
    assert.is((await get(server, SEGMENT)).status, 503);
  }
});

test('what the home itself has no more is a gap', async () => {
  await using made = await herd({ hasIt: false });
  for (const server of made.servers) {
    const [status] = JSON.parse((await get(server, STATUS)).text);
    assert.is(status.unavailable, undefined);
    assert.equal(
      status.gaps.map(({ from, duration }: { from: number; duration: number }) => [from, duration]),
      [[START_S + 60, 60]],
    );
  }
});

test.run();
