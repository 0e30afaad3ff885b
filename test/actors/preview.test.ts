import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { findTools } from '../../src/actors/ffmpeg/tools.ts';
import { MAX_WAITING_PREVIEWS, PREVIEWS_AT_ONCE, PreviewError, previews } from '../../src/actors/preview.ts';
import { lastJpeg } from '../../src/media/preview-picture.ts';
import { fakeTools } from '../support/ffmpeg-actor.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('actors/preview', { deadlineMs: 30_000 });
const tools = await findTools();

async function problemOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof PreviewError ? error.problem : String(error);
}

/** Two seconds, the first one black and the second one white, a key frame each. */
async function blackThenWhite(file: string): Promise<void> {
  const source = 'color=black:s=960x540:r=10:d=1[a];color=white:s=960x540:r=10:d=1[b];[a][b]concat';
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-pix_fmt', 'yuv420p', '-f', 'mpegts', file];
  await execa(tools.ffmpeg, ['-v', 'error', '-f', 'lavfi', '-i', source, ...encode], { stdin: 'ignore' });
}

test('the newest key frame, no wider than 640, from a path with a colon', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'a:b 7-100.ts');
  await blackThenWhite(file);
  assert.ok((await stat(file)).size > 0);
  const jpeg = await previews(tools)(file);
  const decode = ['-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'];
  const { stdout } = await execa(tools.ffmpeg, decode, { input: jpeg, encoding: 'buffer' });
  assert.is(stdout.length, 640 * 360);
  assert.ok((stdout[stdout.length / 2] ?? 0) > 200, 'white');
});

test('a file that is no video, or is not there, is told as undecodable', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'junk.ts');
  await writeFile(file, 'x'.repeat(10_000));
  assert.is(await problemOf(previews(tools)(file)), 'undecodable');
  assert.is(await problemOf(previews(tools)(join(folder.path, 'none.ts'))), 'undecodable');
  assert.is(await problemOf(previews({ ...tools, ffmpeg: '/nowhere/ffmpeg' })(file)), 'undecodable');
});

test('ffmpeg is run without new privileges', async () => {
  await using folder = await tempFolder();
  const ffmpeg = join(folder.path, 'ffmpeg');
  await writeFile(ffmpeg, '#!/bin/sh\ngrep NoNewPrivs /proc/self/status >&2\n', { mode: 0o755 });
  const error = await previews({ ...tools, ffmpeg })('x.ts').catch((reason: unknown) => reason);
  assert.ok(error instanceof PreviewError);
  assert.match(error.message, /NoNewPrivs:\s*1$/);
});

test('only a few previews are made at once, a bounded number waits, and places are given back', async () => {
  const previewOf = previews(fakeTools('hangs'));
  const stop = new AbortController();
  const all = PREVIEWS_AT_ONCE + MAX_WAITING_PREVIEWS;
  const waiting = Array.from({ length: all }, () => problemOf(previewOf('x.ts', { signal: stop.signal })));
  assert.is(await problemOf(previewOf('x.ts')), 'busy');
  stop.abort();
  assert.equal(new Set(await Promise.all(waiting)), new Set(['cancelled']));
  const again = new AbortController();
  const later = problemOf(previewOf('x.ts', { signal: again.signal }));
  again.abort();
  assert.is(await later, 'cancelled');
});

test('the last of several JPEGs', () => {
  const picture = (byte: number) => Buffer.from([0xff, 0xd8, byte, 0xff, 0xd9]);
  assert.equal(lastJpeg(Buffer.concat([picture(1), picture(2), picture(3)])), picture(3));
  assert.equal(lastJpeg(picture(1)), picture(1));
  assert.is(lastJpeg(Buffer.from('nothing')), undefined);
  assert.is(lastJpeg(Buffer.alloc(0)), undefined);
});

test.run();
