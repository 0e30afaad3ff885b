import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { SPARES, SpareFfmpegs } from '../../../src/actors/ffmpeg/spare-ffmpegs.ts';
import { StartGate } from '../../../src/actors/ffmpeg/start-gate.ts';
import { findTools } from '../../../src/actors/ffmpeg/tools.ts';
import { startCameras } from '../../../src/demo/cameras/camera-server.ts';
import { makeClip } from '../../../src/demo/cameras/clip.ts';
import { controlDisk } from '../../../src/media/disk-places.ts';
import { eventually } from '../../support/eventually.ts';
import { commandLines, fakeTools, hasNoNewPrivileges, startCapture } from '../../support/ffmpeg-actor.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testLog } from '../../support/test-log.ts';

const test = suite('actors/ffmpeg/spare-ffmpegs', { deadlineMs: 40_000 });
const tools = await findTools();
const clip = await makeClip({ seconds: 1, size: '320x180', kbps: 200 });

async function openSpares(liveFolder: string, own: Partial<Parameters<typeof SpareFfmpegs.open>[0]> = {}) {
  const log = testLog();
  const times = { segmentMs: 1000, sourceTimeoutMs: 10_000, restMs: 50 };
  const spares = await SpareFfmpegs.open({
    gate: new StartGate(),
    tools,
    disk: controlDisk(),
    liveFolder,
    log,
    ...times,
    ...own,
  });
  if (spares === undefined) throw new Error('no spares are kept');
  return spares;
}

/** Their command lines: one that has replaced another has a higher number in it. */
async function sparesIn(folder: string): Promise<readonly string[]> {
  return (await commandLines()).split('\n').filter((line) => line.includes(`${folder}/.spare/`));
}

async function processesIn(folder: string): Promise<number> {
  return (await sparesIn(folder)).length;
}

/** A source that takes every call and says nothing. */
async function silentSource(): Promise<{ readonly url: string } & AsyncDisposable> {
  const callers = new Set<Socket>();
  const server = createServer((caller) => {
    callers.add(caller.on('error', () => undefined));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `rtsp://127.0.0.1:${(server.address() as AddressInfo).port}/silent`,
    async [Symbol.asyncDispose]() {
      for (const caller of callers) caller.destroy();
      await once(server.close(), 'close');
    },
  };
}

test('a spare pulls nothing; a capture that takes it has one pull, its own names and numbers, and its own end', async () => {
  await using live = await tempFolder();
  const auth = { scheme: 'digest', user: 'admin', password: "hu'sh@me" } as const;
  await using cameras = await startCameras({ cameras: ['cam01'], clip, auth });
  await using spares = await openSpares(live.path);
  await eventually('all are ready', () => spares.ready === SPARES);
  assert.is(cameras.counts('cam01').attempts, 0);
  const folder = join(live.path, 'cam01');
  await using capture = startCapture({ tools, spares, url: cameras.url('cam01'), folder });
  const segments = await capture.segments(3);
  assert.equal(
    segments.slice(0, 3).map(({ number, file }) => ({ number, file })),
    [100, 101, 102].map((number) => ({ number, file: join(folder, `7-${number}.ts`) })),
  );
  assert.ok(segments.every(({ bytes, file }) => bytes > 0 && existsSync(file)));
  assert.ok(await hasNoNewPrivileges(await capture.pid()));
  assert.not.match(await commandLines(), /hu'?(?:%27)?sh/);
  await eventually('the spare is replaced', () => spares.ready === SPARES);
  assert.is(await processesIn(live.path), SPARES + 1);
  assert.is(cameras.counts('cam01').live, 1);
  capture.send({ type: 'ffmpeg.stop' });
  assert.equal(await capture.exited(), { kind: 'ended', message: 'stopped' });
  await eventually('the pull has ended', () => cameras.counts('cam01').live === 0);
  await eventually('the spare has left nothing', () => readdirSync(join(live.path, '.spare')).length === SPARES);
  assert.is(cameras.counts('cam01').total, 1);
});

test('an error of the source names the source, without its secrets', async () => {
  await using live = await tempFolder();
  const auth = { scheme: 'basic', user: 'admin', password: 'right' } as const;
  await using cameras = await startCameras({ cameras: ['cam01'], clip, auth });
  await using spares = await openSpares(live.path);
  await eventually('one is ready', () => spares.ready > 0);
  const url = cameras.url('cam01').replace('right', 'hushhush');
  await using capture = startCapture({ tools, spares, url, folder: join(live.path, 'cam01') });
  const failure = await capture.exited();
  assert.is(failure.kind, 'authentication');
  assert.not.match(failure.message, /hushhush|[0-9a-f]{32}/);
});

test('no spare is taken for a source that it cannot capture, or for a restart', async () => {
  await using live = await tempFolder();
  await using spares = await openSpares(live.path);
  await eventually('all are ready', () => spares.ready === SPARES);
  const input = {
    stream: 'cam01',
    epoch: 7,
    url: 'rtsp://camera/live',
    profile: undefined,
    sound: 'tried' as const,
    startNumber: 100,
    folder: live.path,
    segmentMs: 1000,
    sourceTimeoutMs: 10_000,
    isFirst: true,
    pushes: () => [],
  };
  assert.is(spares.take({ ...input, url: 'http://camera/live.ts' }), undefined);
  assert.is(spares.take({ ...input, profile: { video: 'h264', audio: 'aac' } }), undefined);
  assert.is(spares.take({ ...input, isFirst: false }), undefined);
  const taken = [spares.take(input), spares.take(input), spares.take(input)];
  assert.equal(
    taken.map((spare) => spare !== undefined),
    [true, true, false],
  );
  for (const spare of taken) spare?.kill();
});

test('no spare begins for a server without standing', async () => {
  await using live = await tempFolder();
  await using spares = await openSpares(live.path);
  await eventually('all are ready', () => spares.ready === SPARES);
  const before = await sparesIn(live.path);
  const folder = join(live.path, 'cam01');
  await using capture = startCapture({ tools, spares, url: 'rtsp://camera/live', folder, stands: () => false });
  assert.equal(await capture.exited(), { kind: 'ended', message: 'not started: this server has no standing' });
  assert.equal([spares.ready, await sparesIn(live.path)], [SPARES, before]);
});

test('a spare that waits longer than its source timeout goes on waiting', async () => {
  await using live = await tempFolder();
  const log = testLog();
  await using spares = await openSpares(live.path, { sourceTimeoutMs: 400, log });
  await eventually('all are ready', () => spares.ready === SPARES);
  const waiting = await sparesIn(live.path);
  // A source that takes the call and says nothing: three give up there, one after the other, by the same timeout.
  await using silent = await silentSource();
  for (const turn of [1, 2, 3]) {
    const folder = join(live.path, `cam0${turn}`);
    await using capture = startCapture({ tools, url: silent.url, folder, sourceTimeoutMs: 400 });
    assert.is.not((await capture.exited()).kind, 'ours');
  }
  assert.equal([spares.ready, await sparesIn(live.path)], [SPARES, waiting]);
  assert.equal(log.lines, []);
});

test('a spare that is lost is told of once, and replaced; at the end no spare is left', async () => {
  await using live = await tempFolder();
  const log = testLog();
  {
    await using spares = await openSpares(live.path, { tools: fakeTools('fails'), log });
    await eventually('a loss is told', () => log.lines.length > 0);
    assert.is(spares.ready, 0);
    // Its folder is there until it fails too, which is soon.
    const isTried = () => readdirSync(join(live.path, '.spare')).some((serial) => Number(serial) > 1);
    await eventually('another is tried', isTried, { everyMs: 5 });
    assert.is(log.lines.length, 1);
  }
  {
    await using spares = await openSpares(live.path);
    await eventually('all are ready', () => spares.ready === SPARES);
  }
  assert.is(await processesIn(live.path), 0);
});

test.run();
