import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type MediaPlaylist, parseMediaPlaylist } from '../../../src/media/playlist.ts';
import { endMsOf, MADE_SEGMENT_MS, type MadePack } from '../../support/archive/made-archive.ts';
import { type MadeServer, madeHerd } from '../../support/archive/made-herd.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/archive/playback');

const START_S = 1_795_327_200;
const START_MS = START_S * 1000;
/** The test's now: all that is recorded is over. */
const NOW_MS = START_MS + 86_400_000;

function pack(epoch: number, first: number, atS: number, count: number, more: Partial<MadePack> = {}): MadePack {
  return { stream: 'cam01', epoch, first, count, startMs: START_MS + atS * 1000, ...more };
}

async function get(server: MadeServer, target: string): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${server.url}${target}`, { redirect: 'manual' });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function list(server: MadeServer, target: string): Promise<MediaPlaylist> {
  const { status, text } = await get(server, target);
  assert.is(status, 200, text);
  const parsed = parseMediaPlaylist(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.playlist;
}

function names({ segments }: MediaPlaylist): string[] {
  return segments.map(({ uri }) => uri);
}

function at<T>(all: readonly T[], index: number): T {
  const found = all[index];
  if (found === undefined) throw new Error(`there is none at ${index}`);
  return found;
}

/** Packs of an hour of the clock in small: runs of one owner after the other, some on a second server too. */
const herds = fc
  .array(
    fc.record({
      server: fc.constantFrom('s01', 's02', 's03'),
      alsoOn: fc.option(fc.constantFrom('s01', 's02', 's03')),
      count: fc.integer({ min: 1, max: 20 }),
      pauseS: fc.constantFrom(0, 0, 0, 7, 60),
      isNewOwner: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((runs) => {
    const held: Record<string, MadePack[]> = { s01: [], s02: [], s03: [] };
    const all: MadePack[] = [];
    let next = { epoch: 5, number: 900, atS: 0 };
    for (const { server, alsoOn, count, pauseS, isNewOwner } of runs) {
      const follows = !isNewOwner && pauseS === 0 && all.length > 0;
      const epoch = next.epoch + (isNewOwner ? 1 : 0);
      const first = next.number + (follows ? 0 : 100);
      const made = pack(epoch, first, next.atS + pauseS, count, { isContinued: follows });
      all.push(made);
      for (const holder of new Set([server, alsoOn ?? server])) held[holder]?.push(made);
      next = { epoch, number: first + count, atS: next.atS + pauseS + count * 2 };
    }
    return { held, all };
  });

/** What stands in front of a fragment: by the first segment of its pack. */
function mapOf(packs: readonly MadePack[], uri: string): string | undefined {
  const [epoch, number] = uri.split(/[-.]/).map(Number);
  const of = packs.find(
    (made) => made.epoch === epoch && made.first <= Number(number) && Number(number) < made.first + made.count,
  );
  return of && `${of.epoch}-${of.first}-init.mp4`;
}

test('any time is listed by any server: each segment that any server has once, in order, with its discontinuities', async () => {
  const times = fc.array(fc.tuple(fc.integer({ min: -30, max: 400 }), fc.integer({ min: 1, max: 500 })), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(herds, times, async ({ held, all }, ranges) => {
      await using herd = await madeHerd(held, { unixMs: () => NOW_MS });
      for (const [index, [fromS, durationS]] of ranges.entries()) {
        const server = at(herd.servers, index % herd.servers.length);
        const fromMs = START_MS + fromS * 1000;
        const expected = all.flatMap((made) =>
          Array.from({ length: made.count }, (_, n) => n).flatMap((n) => {
            const startMs = made.startMs + n * MADE_SEGMENT_MS;
            const isWithin = startMs < fromMs + durationS * 1000 && startMs + MADE_SEGMENT_MS > fromMs;
            return isWithin
              ? [{ uri: `${made.epoch}-${made.first + n}.ts`, begins: n === 0 && !made.isContinued }]
              : [];
          }),
        );
        const isFmp4 = index % 2 === 1;
        const target = `/cam01/archive-${START_S + fromS}-${durationS}${isFmp4 ? '.fmp4' : ''}.m3u8`;
        if (expected.length === 0) {
          assert.is((await get(server, target)).status, 404);
          continue;
        }
        const { segments } = await list(server, target);
        assert.equal(
          segments.map(({ uri, discontinuity }) => ({ uri: uri.replace('.m4s', '.ts'), begins: discontinuity })),
          expected.map(({ uri, begins }, position) => ({ uri, begins: begins && position > 0 })),
        );
        // Whichever list it is, of whichever server.
        for (const { uri, map } of segments) assert.is(map, isFmp4 ? mapOf(all, uri) : undefined);
      }
    }),
    { numRuns: 60 },
  );
});

test('where two servers have recorded parts of the same time, under epochs of their own, the union is played: each part once', async () => {
  const held = { s01: [pack(5, 900, 0, 20)], s02: [pack(6, 1000, 20, 20)] };
  await using herd = await madeHerd(held, { unixMs: () => NOW_MS });
  const numbers = (first: number) => Array.from({ length: 20 }, (_, n) => first + n);
  const both = [...numbers(900).map((n) => `5-${n}.ts`), ...numbers(1000).map((n) => `6-${n}.ts`)];
  for (const server of herd.servers) {
    const { segments } = await list(server, `/cam01/archive-${START_S}-120.m3u8`);
    assert.equal(
      segments.map(({ uri }) => uri),
      both,
    );
    assert.equal(
      segments.flatMap(({ uri, discontinuity }) => (discontinuity ? [uri] : [])),
      ['6-1000.ts'],
    );
  }
});

test('a list of a past time says that it is complete, and each of its addresses has the query', async () => {
  await using herd = await madeHerd({ s01: [pack(5, 900, 0, 30)] }, { unixMs: () => NOW_MS });
  const { text, headers } = await get(at(herd.servers, 0), `/cam01/archive-${START_S}-10.m3u8?token=a&via=s09`);
  assert.match(text, '#EXT-X-PLAYLIST-TYPE:VOD');
  assert.match(text, '5-900.ts?token=a\n');
  assert.match(text, '#EXT-X-ENDLIST');
  assert.is(headers.get('content-type'), 'application/vnd.apple.mpegurl');
  assert.is(headers.get('access-control-allow-origin'), '*');
  assert.is(headers.get('cache-control'), 'no-cache, no-store');
});

test('an address that is not understood gets 400 with what was expected; a stream without a recording gets 404', async () => {
  await using herd = await madeHerd({ s01: [pack(5, 900, 0, 30)], s02: [] }, { unixMs: () => NOW_MS });
  const server = at(herd.servers, 1);
  const bad = await get(server, '/cam01/archive-yesterday-10.m3u8');
  assert.is(bad.status, 400);
  assert.match(bad.text, 'RFC 3339');
  assert.is((await get(server, `/cam01/archive-${START_S}-2678401.m3u8`)).status, 400);
  for (const leaf of [`archive-${START_S}-10.m3u8`, 'rewind-60.m3u8', 'recording_status.json', '5-900.ts']) {
    const none = await get(server, `/cam02/${leaf}`);
    assert.is(none.status, 404, leaf);
  }
  const gap = await get(server, `/cam01/archive-${START_S + 1000}-10.m3u8`);
  assert.is(gap.status, 404);
  assert.match(gap.text, 'its recordings are from 2026-11-22T06:00:00.000Z to 2026-11-22T06:01:00.000Z');
});

test('a stream without definition plays as long as a server has recordings; unknown names cause no question to the servers', async () => {
  await using herd = await madeHerd(
    { s01: [], s02: [pack(5, 900, 0, 3)] },
    { unixMs: () => NOW_MS, isDefined: () => false },
  );
  const [asked, other] = [at(herd.servers, 0), at(herd.servers, 1)];
  assert.equal(names(await list(asked, `/cam01/archive-${START_S}-10.m3u8`)), ['5-900.ts', '5-901.ts', '5-902.ts']);
  const before = other.requests.length;
  for (let n = 0; n < 50; n += 1) assert.is((await get(asked, `/cam${n + 100}/rewind-60.m3u8`)).status, 404);
  assert.is(other.requests.length, before);
});

test('a list that grows has no end until its time is over', async () => {
  const clock = { nowMs: START_MS + 21_000 };
  await using herd = await madeHerd({ s01: [pack(5, 900, 0, 10)], s02: [] }, { unixMs: () => clock.nowMs });
  const target = `/cam01/archive-${START_S}-30.m3u8`;
  for (const server of herd.servers) {
    const { text } = await get(server, target);
    assert.match(text, '#EXT-X-PLAYLIST-TYPE:EVENT');
    assert.not.match(text, 'ENDLIST');
  }
  clock.nowMs += 60_000;
  const { text } = await get(at(herd.servers, 0), target);
  assert.match(text, '#EXT-X-ENDLIST');
  const now = await get(at(herd.servers, 0), `/cam01/archive-${START_S}-now.m3u8`);
  assert.not.match(now.text, 'ENDLIST');
});

test('segments of a server that falls silent are unavailable; the server is not asked again at once, and its segments come back with it', async () => {
  await using herd = await madeHerd(
    { s01: [pack(5, 900, 0, 10)], s02: [pack(6, 1000, 20, 10), pack(5, 900, 0, 10)] },
    { unixMs: () => NOW_MS },
  );
  const [server, other] = [at(herd.servers, 0), at(herd.servers, 1)];
  const target = `/cam01/archive-${START_S}-60.m3u8`;
  const { headers } = await get(server, target);
  assert.is(headers.get('streamherd-unavailable'), null);
  herd.setUp('s02', false);
  other.fallSilent();
  const without = await get(server, target);
  assert.equal(JSON.parse(without.headers.get('streamherd-unavailable') ?? ''), [{ from: START_S + 20, duration: 20 }]);
  assert.not.match(without.text, '6-1000.ts');
  const only = await get(server, `/cam01/archive-${START_S + 25}-10.m3u8`);
  assert.is(only.status, 503, 'it comes back');
  assert.equal(JSON.parse(only.headers.get('streamherd-unavailable') ?? ''), [{ from: START_S + 24, duration: 12 }]);
  const { text } = await get(server, '/cam01/recording_status.json?detail=1');
  const [status] = JSON.parse(text);
  assert.equal(status.unavailable, [{ from: START_S + 20, duration: 20, server: 's02' }]);
  assert.equal(status.gaps, []);
  const segment = await get(server, '/cam01/6-1004.ts');
  assert.is(segment.status, 503);
  assert.match(segment.text, 's02');
});

test('a pack of which nothing is told is unavailable and no gap, those beside it are listed, and it is listed when its disk answers', async () => {
  const packs = [pack(5, 900, 0, 10), pack(6, 1000, 20, 10, { isHanging: true }), pack(7, 1100, 40, 10)];
  await using herd = await madeHerd({ s01: [], s02: packs }, { unixMs: () => NOW_MS });
  const [server, other] = [at(herd.servers, 0), at(herd.servers, 1)];
  const target = `/cam01/archive-${START_S}-60.m3u8`;
  const without = await get(server, target);
  assert.equal(JSON.parse(without.headers.get('streamherd-unavailable') ?? ''), [{ from: START_S + 20, duration: 20 }]);
  assert.match(without.text, '5-909.ts');
  assert.match(without.text, '7-1100.ts');
  assert.not.match(without.text, '6-1000.ts');
  other.archive.packs.splice(1, 1, pack(6, 1000, 20, 10));
  const again = await get(server, target);
  assert.is(again.headers.get('streamherd-unavailable'), null);
  assert.match(again.text, '6-1000.ts');
});

test('a segment that another server has is redirected to it, once, and never back', async () => {
  await using herd = await madeHerd({ s01: [], s02: [pack(6, 1000, 20, 10)], s03: [] }, { unixMs: () => NOW_MS });
  const [first, holder] = [at(herd.servers, 0), at(herd.servers, 1)];
  const { status, headers } = await get(first, '/cam01/6-1004.ts?token=a');
  assert.is(status, 302);
  assert.is(headers.get('location'), `${holder.url}/cam01/6-1004.ts?token=a&via=s01`);
  holder.archive.packs.length = 0;
  assert.is((await get(holder, '/cam01/6-1004.ts?token=a&via=s01')).status, 404);
  assert.is((await get(first, '/cam01/6-1004.ts?via=s02')).status, 404);
});

test('clients that ask at the same time share the questions', async () => {
  let release = () => {};
  const hold = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using herd = await madeHerd(
    { s01: [pack(5, 900, 0, 30)], s02: [pack(6, 1000, 60, 30)] },
    { unixMs: () => NOW_MS, nowMs: () => 0 },
  );
  const [server, other] = [at(herd.servers, 0), at(herd.servers, 1)];
  server.archive.hold = hold;
  other.archive.hold = hold;
  const answers = Array.from({ length: 100 }, (_, n) => get(server, `/cam01/archive-${START_S + n}-60.m3u8`));
  release();
  for (const { status } of await Promise.all(answers)) assert.is(status, 200);
  assert.equal(server.archive.asked, ['holdings', 'kept', 'segments']);
  assert.is(other.requests.length, 2, other.requests.join());
});

test('more segments than another server asks for at once are refused', async () => {
  await using herd = await madeHerd({ s01: [pack(5, 900, -600_000, 270_000)] }, { unixMs: () => NOW_MS });
  const server = at(herd.servers, 0);
  const target = (days: number) =>
    `/cam01/archive-segments.json?from=${START_S - 600_000}&to=${START_S - 600_000 + days * 86_400}`;
  const { status, text } = await get(server, target(7));
  assert.is(status, 400);
  assert.match(text, 'at most 262144 segments');
  assert.is((await get(server, target(1))).status, 200);
});

test('other servers are told the recordings and streams of this one', async () => {
  await using herd = await madeHerd(
    { s01: [pack(5, 900, 0, 3)], s02: [pack(6, 1000, 20, 10)] },
    { unixMs: () => NOW_MS },
  );
  const server = at(herd.servers, 0);
  assert.equal(JSON.parse((await get(server, '/archive-streams.json')).text), { streams: ['cam01'] });
  const { holdings } = JSON.parse((await get(server, `/cam01/archive-holdings.json?from=${START_S}`)).text);
  assert.equal(holdings.length, 1);
  assert.is(holdings[0].untilMs, endMsOf(pack(5, 900, 0, 3)));
  const { blocks } = JSON.parse(
    (await get(server, `/cam01/archive-segments.json?from=${START_S}&to=${START_S + 2}`)).text,
  );
  assert.equal(blocks[0].numbers, [900]);
  assert.is((await get(server, '/cam01/archive-segments.json')).status, 400);
});

test.run();
