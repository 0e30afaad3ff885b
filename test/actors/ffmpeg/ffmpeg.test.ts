import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { StartGate } from '../../../src/actors/ffmpeg/start-gate.ts';
import { LEAVE_WITHIN_MS } from '../../../src/actors/push/push-process.ts';
import { PUSH_FOLDER_VARIABLE } from '../../../src/host/push-mark.ts';
import { eventually } from '../../support/eventually.ts';
import { commandLines, fakeTools, isAlive, startCapture } from '../../support/ffmpeg-actor.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('actors/ffmpeg/ffmpeg');

test('a steady capture: started, progress, segments in order with all that a playlist needs', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('steady'), folder: join(folder.path, 'cam01') });
  const segments = await capture.segments(3);
  assert.is(capture.events[0]?.type, 'ffmpeg.started');
  assert.equal(
    segments.slice(0, 3).map(({ stream, epoch, number, discontinuity }) => ({ stream, epoch, number, discontinuity })),
    [100, 101, 102].map((number) => ({ stream: 'cam01', epoch: 7, number, discontinuity: number === 100 })),
  );
  assert.is(segments[0]?.file, join(folder.path, 'cam01', '7-100.ts'));
  assert.is(segments[0]?.bytes, 1880);
  assert.ok(segments.every(({ startMs }, index) => startMs > (segments[index - 1]?.startMs ?? 0)));
  const progress = await eventually('a bitrate', () =>
    capture.events.find((event) => event.type === 'ffmpeg.progressed' && event.bitrateKbps !== undefined),
  );
  assert.is(progress.type === 'ffmpeg.progressed' && progress.bitrateKbps, 150.4);
});

test('stop: the last segment is still reported, then one exit, which is last', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('steady'), folder: folder.path });
  await capture.segments(1);
  capture.send({ type: 'ffmpeg.stop' });
  capture.send({ type: 'ffmpeg.stop' });
  assert.equal(await capture.exited(), { kind: 'ended', message: 'stopped' });
  assert.is(await isAlive(await capture.pid()), false);
  assert.is((await capture.segments(1)).at(-1)?.durationMs, 40);
  assert.is(capture.events.at(-1)?.type, 'ffmpeg.exited');
});

test('discard: as stop, and the file of the last segment is gone when the segment is told', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('steady'), folder: folder.path });
  await capture.segments(1);
  capture.send({ type: 'ffmpeg.discard' });
  assert.equal(await capture.exited(), { kind: 'ended', message: 'stopped' });
  const [first, last] = [(await capture.segments(2)).at(0), (await capture.segments(2)).at(-1)];
  assert.is(last?.durationMs, 40);
  const isThere = async (file = '') => (await readFile(file).catch(() => undefined)) !== undefined;
  assert.equal([await isThere(first?.file), await isThere(last?.file)], [true, false]);
});

test('stop: a capture that ignores SIGTERM is killed, and only after the grace', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('stalls'), folder: folder.path });
  await capture.segments(2);
  capture.send({ type: 'ffmpeg.stop' });
  const began = performance.now();
  assert.is((await capture.exited()).kind, 'ended');
  assert.ok(performance.now() - began > 1000, 'SIGKILL must leave time for the last segment');
  assert.is(await isAlive(await capture.pid()), false);
});

test('kill: ffmpeg is dead although it ignores SIGTERM, also while a stop is pending', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('stalls'), folder: folder.path });
  await capture.segments(2);
  capture.send({ type: 'ffmpeg.stop' });
  const began = performance.now();
  capture.send({ type: 'ffmpeg.kill' });
  await capture.exited();
  assert.ok(performance.now() - began < 1400, 'the kill must not wait for the stop');
  assert.is(await isAlive(await capture.pid()), false);
});

test('the end of the actor kills the process, and the actor tells nothing more', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('stalls'), folder: folder.path });
  const pid = await capture.pid();
  await capture.segments(2);
  capture.abandon();
  await eventually('dead', async () => !(await isAlive(pid)));
  assert.not.ok(capture.events.some(({ type }) => type === 'ffmpeg.exited'));
});

test('a capture that is stopped while it waits at the gate exits, and its ffmpeg is never started', async () => {
  await using folder = await tempFolder();
  const gate = new StartGate({ width: 1, holdMs: 300 });
  await using first = startCapture({ tools: fakeTools('steady'), folder: folder.path, gate });
  await first.pid();
  await using second = startCapture({ tools: fakeTools('steady'), folder: folder.path, gate, epoch: 8 });
  second.send({ type: 'ffmpeg.stop' });
  assert.is((await second.exited()).kind, 'ended');
  // A third one in the same queue starts after the second would have.
  await using third = startCapture({ tools: fakeTools('steady'), folder: folder.path, gate, epoch: 9 });
  await third.pid();
  assert.equal(
    second.events.map(({ type }) => type),
    ['ffmpeg.exited'],
  );
});

for (const [when, answers] of Object.entries({
  'before it waits at the gate': [],
  'while it waits at the gate': [true],
}))
  test(`a capture whose server loses standing ${when} exits, and its ffmpeg is never started`, async () => {
    await using folder = await tempFolder();
    const stands = () => answers.shift() ?? false;
    await using capture = startCapture({ tools: fakeTools('steady'), folder: folder.path, stands });
    assert.equal(await capture.exited(), { kind: 'ended', message: 'not started: this server has no standing' });
    assert.equal(
      capture.events.map(({ type }) => type),
      ['ffmpeg.exited'],
    );
    assert.equal(answers, []);
  });

test('the end of a source is told after its last segments, and is a failure', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('ends'), folder: folder.path });
  assert.is((await capture.exited()).kind, 'ended');
  assert.is((await capture.segments(3)).length, 3);
  assert.is(capture.events.at(-1)?.type, 'ffmpeg.exited');
});

for (const [cause, kind] of Object.entries({
  refused: 'refused',
  resolve: 'unreachable',
  route: 'unreachable',
  unauthorized: 'authentication',
  forbidden: 'authentication',
  passphrase: 'authentication',
  missing: 'not-found',
  mute: 'timeout',
  lost: 'timeout',
  ended: 'ended',
  junk: 'unsupported',
  busy: 'refused',
  full: 'ours',
  wordless: 'ours',
  old: 'ended',
})) {
  test(`an ffmpeg that fails (${cause}) is told as ${kind}`, async () => {
    await using folder = await tempFolder();
    const url = `http://camera/${cause}`;
    await using capture = startCapture({ tools: fakeTools('fails'), folder: folder.path, url });
    assert.is((await capture.exited()).kind, kind);
  });
}

for (const url of ['http://camera/empty', 'http://camera/cut']) {
  test(`a full disk is a failure of the server and ends the capture (${url})`, async () => {
    await using folder = await tempFolder();
    await using capture = startCapture({ tools: fakeTools('full-disk'), folder: folder.path, url });
    const failure = await capture.exited();
    assert.is(failure.kind, 'ours');
    assert.match(failure.message, /disk/);
    assert.is((await capture.segments(1)).length, 1);
    assert.is(await isAlive(await capture.pid()), false);
  });
}

test('garbage on every pipe is read and survived, and the good segment between is found', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('garbage'), folder: folder.path });
  await capture.exited();
  assert.ok((await capture.segments(1)).some(({ number }) => number === 100));
});

test('a source whose timestamps jumped back makes no progress', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('creeps'), folder: folder.path });
  await eventually('the first progress', () => capture.events.some(({ type }) => type === 'ffmpeg.progressed'));
  capture.send({ type: 'ffmpeg.stop' });
  await capture.exited();
  assert.is(capture.events.filter(({ type }) => type === 'ffmpeg.progressed').length, 1);
});

test('data without the end of a segment is remarked on once; data that ends segments is not', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('keyless'), folder: folder.path });
  assert.match(await capture.remark(), /key-frame interval/);
  await using steady = startCapture({ tools: fakeTools('steady'), folder: folder.path, epoch: 8 });
  await steady.segments(5);
  const said = ({ type }: { type: string }) => type === 'ffmpeg.remarked';
  assert.equal([capture.events.filter(said).length, steady.events.filter(said).length], [1, 0]);
});

test('an exit is told although another process holds the pipes open', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools: fakeTools('holds-pipes'), folder: folder.path });
  assert.is((await capture.exited()).kind, 'refused');
  const holder = Number(await readFile(join(folder.path, 'holder.pid'), 'utf8'));
  process.kill(holder, 'SIGKILL');
  await eventually('the holder is gone', async () => !(await isAlive(holder)));
});

test('an ffmpeg that does not exist is a failure of the server, with wrappers and without', async () => {
  await using folder = await tempFolder();
  for (const wrapped of [false, true]) {
    const tools = { ffmpeg: '/nowhere/ffmpeg', setpriv: wrapped, nice: wrapped ? 10 : undefined, drawsText: false };
    await using capture = startCapture({ tools, folder: folder.path });
    const failure = await capture.exited();
    assert.is(failure.kind, 'ours');
    assert.match(failure.message, /cannot be started/);
    assert.is(capture.events.filter(({ type }) => type === 'ffmpeg.exited').length, 1);
  }
});

test('a scheme that is not captured, and a folder that cannot be made, are failures', async () => {
  await using folder = await tempFolder();
  await using local = startCapture({ tools: fakeTools('steady'), folder: folder.path, url: 'file:///etc/passwd' });
  assert.is((await local.exited()).kind, 'unsupported');
  const file = join(folder.path, 'a file');
  await writeFile(file, '');
  await using nowhere = startCapture({ tools: fakeTools('steady'), folder: join(file, 'cam01') });
  assert.is((await nowhere.exited()).kind, 'ours');
});

test('no event and no process list shows the secrets of the source', async () => {
  await using folder = await tempFolder();
  const secrets = { url: 'rtsp://admin:hush%40secret@camera/h264', text: /hush/ };
  await using failing = startCapture({ tools: fakeTools('echoes-secrets'), folder: folder.path, url: secrets.url });
  assert.match((await failing.exited()).message, /@camera\/h264/);
  assert.not.match(JSON.stringify(failing.events), secrets.text);
  await using running = startCapture({ tools: fakeTools('steady'), folder: folder.path, url: secrets.url, epoch: 8 });
  const own = (await readFile(`/proc/${await running.pid()}/cmdline`, 'utf8')).split('\0');
  assert.ok(own.includes('concat'));
  assert.not.match(await commandLines(), secrets.text);
});

test('pushes end with their capture: killed in the turn of a kill, and dead when an end is told', async () => {
  for (const how of ['ffmpeg.kill', 'ffmpeg.stop'] as const) {
    await using folder = await tempFolder();
    const pushes = () => ['rtmp://127.0.0.1:1/app/key'];
    const tools = fakeTools('captures-and-pushes');
    await using capture = startCapture({ tools, pushes, folder: folder.path });
    const states = () => capture.events.flatMap((event) => (event.type === 'ffmpeg.pushed' ? [event.pushes] : []));
    await eventually('it is pushed', () => states().at(-1)?.[0]?.state === 'pushing');
    const began = performance.now();
    capture.send({ type: how });
    assert.equal(states().at(-1), [], 'told in the same turn');
    await capture.exited();
    assert.equal(await pushesInto(folder.path), []);
    // The fake ignores SIGTERM: a kill that was none would take as long as a stop.
    if (how === 'ffmpeg.kill') assert.ok(performance.now() - began < LEAVE_WITHIN_MS);
  }
});

/** Processes that push out of this folder. */
async function pushesInto(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => environments[index]?.includes(`${PUSH_FOLDER_VARIABLE}=${folder}\0`));
}

test.run();
