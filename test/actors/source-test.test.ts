import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { findTools } from '../../src/actors/ffmpeg/tools.ts';
import { sourceTests } from '../../src/actors/source-test.ts';
import { GateFullError } from '../../src/domain/gate.ts';
import { lastJpeg } from '../../src/media/preview-picture.ts';
import { makeClip } from '../support/clip.ts';
import { eventually } from '../support/eventually.ts';
import { fakeTools } from '../support/ffmpeg-actor.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('actors/source-test', { deadlineMs: 30_000 });

const forEver = new AbortController().signal;

test('one connection tells what a source sends, with a picture', async () => {
  const clip = Buffer.concat(await makeClip({ seconds: 3 }));
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const [, login] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? [];
    if (login !== btoa('admin:pass-word')) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    else response.writeHead(200, { 'content-type': 'video/mp2t' }).end(clip);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // of a server that listens on TCP
  try {
    let begun = 0;
    const tested = await sourceTests(await findTools())({
      url: `http://admin:pass-word@127.0.0.1:${port}/x`,
      transcoder: { video: 'hevc', audio: 'aac' },
      signal: forEver,
      onBegin: () => (begun += 1),
    });
    assert.is(begun, 1);
    assert.ok(tested.ok, JSON.stringify(tested));
    const { picture = '', seenS, firstDataS = 0, ...facts } = tested;
    assert.ok(lastJpeg(Buffer.from(picture, 'base64')) !== undefined);
    assert.ok(seenS > 2 && seenS < 3, `${seenS}`);
    assert.ok(firstDataS > 0 && firstDataS < 30, `${firstDataS}`);
    assert.equal(facts, {
      ok: true,
      video: { codec: 'h264', width: 160, height: 90, fps: 10, keyFrameS: 1 },
      says: ['Its picture is encoded as hevc, as the transcoder of the stream says.', 'It sends no sound.'],
    });
    assert.is(requests, 2, 'one without a login, as ffmpeg begins, and one with it');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('a failure is told in the words of a capture, without the secret; a source that is silent is given up', async () => {
  await using folder = await tempFolder();
  const ffmpeg = join(folder.path, 'ffmpeg');
  // It quotes its source in its errors, as ffmpeg does.
  const says = `sed -n "s/^file '\\(.*\\)'$/[error] \\1: Server returned 404 Not Found/p" >&2; exit 1`;
  await writeFile(ffmpeg, `#!/bin/sh\n${says}\n`, { mode: 0o755 });
  const url = 'rtsp://admin:pass-word@10.1.1.7/x';
  const refused = await sourceTests({ ...fakeTools('hangs'), ffmpeg })({ url, signal: forEver });
  assert.is(!refused.ok && refused.failure.kind, 'not-found');
  assert.match(JSON.stringify(refused), 'the source has no such stream');
  assert.not.match(JSON.stringify(refused), 'pass-word');
  const mute = { url: 'rtsp://10.1.1.7/x', signal: forEver };
  const silent = await sourceTests(fakeTools('hangs'), 300)(mute);
  assert.equal(silent, {
    ok: false,
    failure: { kind: 'timeout', message: 'the source gave no data within 0.3 s' },
  });
  const nothing = await sourceTests({ ...fakeTools('hangs'), ffmpeg: '/nowhere/ffmpeg' })(mute);
  assert.is(!nothing.ok && nothing.failure.kind, 'ours');
  const made = await sourceTests(fakeTools('fails'))({ url: 'test:', signal: forEver });
  assert.is(made.ok, true, 'nothing is started for it');
});

test('few are tested at once, few wait, and the ffmpeg of a client that goes is ended', async () => {
  await using folder = await tempFolder();
  const [ffmpeg, pids] = [join(folder.path, 'ffmpeg'), join(folder.path, 'pids')];
  await writeFile(pids, '');
  await writeFile(ffmpeg, `#!/bin/sh\necho $$ >> '${pids}'\nexec sleep 600\n`, { mode: 0o755 });
  const tester = sourceTests({ ...fakeTools('hangs'), ffmpeg }, 60_000);
  const client = new AbortController();
  let begun = 0;
  const asked = Array.from({ length: 9 }, () =>
    tester({
      url: 'rtsp://10.1.1.7/x',
      signal: AbortSignal.any([client.signal]),
      onBegin: () => (begun += 1),
    }).catch((error: unknown) => error),
  );
  assert.instance(await asked.at(-1), GateFullError);
  const started = async () => (await readFile(pids, 'utf8')).trim().split('\n').map(Number);
  await eventually('two have begun', async () => (await started()).length === 2);
  client.abort(new Error('the client has gone'));
  assert.ok(
    (await Promise.all(asked.slice(0, 8))).every((why) => why instanceof Error && /has gone/.test(why.message)),
  );
  const [one = 0, two = 0, ...others] = await started();
  assert.equal([others, begun], [[], 2], 'those that waited were not begun');
  for (const pid of [one, two]) await eventually(`${pid} is dead`, () => !isAlive(pid));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.run();
