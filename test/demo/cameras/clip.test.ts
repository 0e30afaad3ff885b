import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { findTools } from '../../../src/actors/ffmpeg/tools.ts';
import { makeClip } from '../../../src/demo/cameras/clip.ts';
import { encodedClip } from '../../../src/demo/cameras/encoded-clip.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('demo/cameras/clip');

test('a clip has the frames asked for, and is made once', async () => {
  const options = { seconds: 2, fps: 10, gop: 5, size: '160x90', kbps: 100 } as const;
  const clip = await makeClip(options);
  assert.is(clip.video.frames.length, 20);
  assert.is(clip.video.ticksPerFrame, 9000);
  assert.is(clip.audio?.clockRate, 48_000);
  assert.match(clip.video.sdp.join('\n'), /profile-level-id=42[0-9a-f]{4};sprop-parameter-sets=\S+,\S+/);
  assert.is(await makeClip({ ...options }), clip);
  assert.is.not(await makeClip({ ...options, audio: 'none' }), clip);
});

test('a label is in the picture, whatever its letters, where this ffmpeg can write text', async () => {
  const options = { seconds: 1, fps: 10, gop: 5, size: '160x90', audio: 'none' } as const;
  const plain = await makeClip(options);
  const labelled = await makeClip({ ...options, label: "it's 100%: {x}\\" });
  assert.is(labelled.video.frames.length, plain.video.frames.length);
  const isPlain = JSON.stringify(labelled.video.frames) === JSON.stringify(plain.video.frames);
  assert.is(isPlain, !(await findTools()).drawsText);
});

test('a clip that another process has kept is not encoded again', async () => {
  await using folder = await tempFolder();
  const options = { seconds: 1, fps: 10, gop: 10, size: '64x64' } as const;
  const { picture, sound } = await encodedClip(options, folder.path);
  const [kept = '', ...others] = await readdir(folder.path);
  assert.equal(others, []);
  assert.equal(await encodedClip(options, folder.path), { picture, sound });
  await writeFile(join(folder.path, kept, 'clip.h264'), 'kept');
  assert.is(String((await encodedClip(options, folder.path)).picture), 'kept');
  assert.is.not(String((await encodedClip({ ...options, kbps: 50 }, folder.path)).picture), 'kept');
  assert.is((await readdir(folder.path)).length, 2);
});

test('options with which the clip does not loop evenly are refused', async () => {
  for (const options of [{ fps: 7 }, { seconds: 1, fps: 25, gop: 20 }]) {
    const error: unknown = await makeClip(options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.instance(error, RangeError);
  }
});

test.run();
