import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { get, herdOf, only, pack, START_S } from '../../support/archive/exported-herd.ts';
import type { MadePack } from '../../support/archive/made-archive.ts';
import { eventually } from '../../support/eventually.ts';
import { probed } from '../../support/segments.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('http/export/exports', { deadlineMs: 60_000 });

const TEN = `archive-${START_S}-60`;

test('a .ts consists of the segments of all servers one after the other; it is given whole or in parts, and its length is told first', async () => {
  await using folder = await tempFolder();
  const one = await pack(folder.path, { epoch: 5, atS: 0, seconds: 4 });
  const two = await pack(folder.path, { epoch: 6, atS: 30, seconds: 6 });
  await using herd = await herdOf({ s01: [one.pack], s02: [two.pack], s03: [] });
  const whole = Buffer.concat([one.bytes, two.bytes]);
  for (const server of herd.servers) {
    const { status, headers, body } = await get(server, `${TEN}.ts`);
    assert.is(status, 200);
    assert.ok(body.equals(whole), server.name);
    assert.is(headers.get('content-length'), String(whole.length));
    assert.is(headers.get('content-type'), 'video/mp2t');
    assert.match(headers.get('content-disposition') ?? '', /filename="gate-cam01-2026-11-22T06-00-00Z.ts"/);
    const gaps = JSON.parse(headers.get('streamherd-gaps') ?? '');
    assert.equal(
      gaps.map(({ from, duration }: { from: number; duration: number }) => [from - START_S, duration]),
      [[4, 26]],
    );
  }
  const [server] = herd.servers;
  assert.ok(server);
  const cut = one.bytes.length - 1000;
  const part = await get(server, `${TEN}.ts`, { headers: { Range: `bytes=${cut}-${cut + 4999}` } });
  assert.is(part.status, 206);
  assert.is(part.headers.get('content-range'), `bytes ${cut}-${cut + 4999}/${whole.length}`);
  assert.ok(part.body.equals(whole.subarray(cut, cut + 5000)));
  const last = await get(server, `${TEN}.ts`, { headers: { Range: 'bytes=-188' } });
  assert.ok(last.body.equals(whole.subarray(-188)));
  assert.is((await get(server, `${TEN}.ts`, { headers: { Range: `bytes=${whole.length}-` } })).status, 416);
  const head = await get(server, `${TEN}.ts`, { method: 'HEAD' });
  assert.equal([head.body.length, head.headers.get('content-length')], [0, String(whole.length)]);
});

test('curl continues a .ts of one server at another, and If-Range shows a change', async () => {
  await using folder = await tempFolder();
  const one = await pack(folder.path, { epoch: 5, atS: 0, seconds: 4 });
  const two = await pack(folder.path, { epoch: 6, atS: 4, seconds: 4 });
  await using herd = await herdOf({ s01: [one.pack], s02: [two.pack] });
  const [s01, s02] = herd.servers;
  assert.ok(s01 && s02);
  const file = join(folder.path, 'download.ts');
  const whole = Buffer.concat([one.bytes, two.bytes]);
  await writeFile(file, whole.subarray(0, one.bytes.length - 3));
  await execa('curl', ['-sfS', '-C', '-', '-o', file, `${s02.url}/gate/cam01/${TEN}.ts`]);
  const { stdout } = await execa('sha256sum', [file]);
  await writeFile(file, whole);
  assert.is((await execa('sha256sum', [file])).stdout, stdout);
  const tag = (await get(s01, `${TEN}.ts`, { method: 'HEAD' })).headers.get('etag') ?? '';
  assert.is((await get(s02, `${TEN}.ts`, { method: 'HEAD' })).headers.get('etag'), tag);
  const ranged = (ifRange: string) => get(s01, `${TEN}.ts`, { headers: { Range: 'bytes=10-19', 'If-Range': ifRange } });
  assert.equal([(await ranged(tag)).status, (await ranged('"another"')).status], [206, 200]);
});

test('if a server fails within a segment, another server that has it continues; without one the connection breaks', async () => {
  await using folder = await tempFolder();
  const { pack: made, bytes } = await pack(folder.path, { epoch: 5, atS: 0, seconds: 6 });
  const [size = 0] = made.media?.sizes ?? [];
  const torn = { ...made, media: { file: join(folder.path, 'torn.ts'), sizes: made.media?.sizes ?? [] } };
  await writeFile(torn.media.file, bytes.subarray(0, size + 1000));
  await using herd = await herdOf({ s01: [torn], s02: [made] });
  assert.ok((await get(only(herd.servers), `${TEN}.ts`)).body.equals(bytes));
  await using alone = await herdOf({ s01: [torn] });
  const broken = await get(only(alone.servers), `${TEN}.ts`).then(
    () => 'whole',
    () => 'broken',
  );
  assert.is(broken, 'broken');
});

test('what is rotten is not exported, also in part: it comes from another server that has it whole', async () => {
  await using folder = await tempFolder();
  const { pack: made, bytes } = await pack(folder.path, { epoch: 5, atS: 0, seconds: 6 });
  const rotten = {
    ...made,
    media: { ...made.media, file: join(folder.path, 'rotten.ts'), sizes: made.media?.sizes ?? [] },
  };
  const changed = Buffer.from(bytes);
  changed[5000] = (changed[5000] ?? 0) ^ 1;
  await writeFile(rotten.media.file, changed);
  await using herd = await herdOf({ s01: [rotten], s02: [made] });
  assert.ok((await get(only(herd.servers), `${TEN}.ts`)).body.equals(bytes));
  const part = await get(only(herd.servers), `${TEN}.ts`, { headers: { Range: 'bytes=0-9' } });
  assert.ok(part.body.equals(bytes.subarray(0, 10)));
  assert.is(herd.servers[1]?.requests.filter((target) => target.endsWith('/5-5000.ts')).length, 2);
});

test('an .mp4 plays as long as the recording, with sound, from segments of two servers', async () => {
  await using folder = await tempFolder();
  const one = await pack(folder.path, { epoch: 5, atS: 0, seconds: 4 });
  const two = await pack(folder.path, { epoch: 6, atS: 30, seconds: 6 });
  await using herd = await herdOf({ s01: [one.pack], s02: [two.pack] });
  const { status, headers, body } = await get(only(herd.servers), `${TEN}.mp4`);
  assert.equal([status, headers.get('content-type')], [200, 'video/mp4']);
  const { streams, durationS, videoPackets } = await probed(body, 'mp4');
  assert.equal(streams, ['h264 avc1', 'aac mp4a']);
  assert.is(videoPackets, 100);
  assert.ok(Math.abs(durationS - 10) < 0.3, `${durationS} s`);
  assert.ok(headers.has('streamherd-gaps'));
});

test('an .mp4 over a change of codec is refused with the addresses of its parts, each of which is made', async () => {
  await using folder = await tempFolder();
  const one = await pack(folder.path, { epoch: 5, atS: 0, seconds: 4 });
  const two = await pack(folder.path, { epoch: 6, atS: 3.99, seconds: 4, video: 'hevc' });
  await using herd = await herdOf({ s01: [one.pack], s02: [two.pack] });
  const server = only(herd.servers);
  const refusal = await get(server, `${TEN}.mp4`);
  assert.is(refusal.status, 409);
  const { error, parts } = JSON.parse(refusal.body.toString());
  assert.match(error, /changes at 2026-11-22T06:00:04/);
  const found = [];
  for (const { address } of parts) found.push((await probed((await get(server, address)).body, 'mp4')).streams);
  assert.equal(found, [
    ['h264 avc1', 'aac mp4a'],
    ['hevc hvc1', 'aac mp4a'],
  ]);
  assert.is((await get(server, `${TEN}.ts`)).status, 200);
});

test('two MP4s are made at once; a third client waits, and is told to ask again; a client that leaves makes room', async () => {
  await using folder = await tempFolder();
  const { pack: made } = await pack(folder.path, { epoch: 5, atS: 0, seconds: 2 });
  const running = { now: 0 };
  async function* held({ signal }: { readonly signal: AbortSignal }) {
    running.now += 1;
    try {
      yield Buffer.from('head');
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    } finally {
      running.now -= 1;
    }
  }
  await using herd = await herdOf({ s01: [made] }, { mp4Of: held });
  const url = `${only(herd.servers).url}/gate/cam01/${TEN}.mp4`;
  const leaving = [new AbortController(), new AbortController()];
  const readers = [];
  for (const { signal } of leaving) readers.push((await fetch(url, { signal })).body?.getReader());
  for (const reader of readers) await reader?.read();
  assert.is(running.now, 2);
  const third = await fetch(url);
  assert.equal([third.status, third.headers.get('retry-after')], [503, '1']);
  await third.arrayBuffer();
  leaving[0]?.abort();
  await eventually('its ffmpeg has ended', () => running.now === 1);
  const next = new AbortController();
  assert.is((await fetch(url, { signal: next.signal })).status, 200);
  next.abort();
  leaving[1]?.abort();
  await eventually('all have ended', () => running.now === 0);
});

test('an export of a time that is not available gets the reason', async () => {
  await using folder = await tempFolder();
  const { pack: made } = await pack(folder.path, { epoch: 5, atS: 0, seconds: 2 });
  await using herd = await herdOf({
    s01: [made],
    s02: [{ ...made, epoch: 6, first: 6000, isAway: true, startMs: made.startMs + 100_000 }],
  });
  const server = only(herd.servers);
  const said = async (leaf: string) => {
    const { status, body } = await get(server, leaf);
    return `${status} ${JSON.parse(body.toString()).error}`;
  };
  assert.match(await said(`archive-${START_S + 3600}-60.ts`), /^404 nothing of gate\/cam01/);
  assert.match(await said(`archive-${START_S + 100}-2.mp4`), /^503 .* cannot be had now/);
  assert.match(
    await said(`${START_S - 10}-preview.jpg`),
    /^404 nothing of gate\/cam01 is recorded at that time or before/,
  );
});

test('the list of a time says what the picture is, unless it changes within that time or cannot be read', async () => {
  await using folder = await tempFolder();
  const one = await pack(folder.path, { epoch: 5, atS: 0, seconds: 4 });
  const other = await pack(folder.path, { epoch: 7, atS: 30, seconds: 4, size: '96x64' });
  const said = async (...packs: readonly MadePack[]) => {
    await using herd = await herdOf({ s01: packs });
    const { body } = await get(only(herd.servers), 'timeshift_rel-1.m3u8');
    const [, attributes = 'no list'] =
      /#EXT-X-STREAM-INF:BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+(.*)/.exec(`${body}`) ?? [];
    return attributes;
  };
  const expected = /^,CODECS="avc1\.\w{6},mp4a\.40\.2",RESOLUTION=\d+x\d+,FRAME-RATE=\d+\.000$/;
  assert.match(await said(one.pack), expected);
  assert.is(await said(one.pack, other.pack), '');
  await rm(join(folder.path, '5.ts'));
  assert.is(await said(one.pack), '');
});

test.run();
