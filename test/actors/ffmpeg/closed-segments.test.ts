import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ClosedSegments, MAX_UNSEEN } from '../../../src/actors/ffmpeg/closed-segments.ts';
import { Gate } from '../../../src/domain/gate.ts';
import type { SourceFailure } from '../../../src/domain/source-failure.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeTools, startCapture } from '../../support/ffmpeg-actor.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('actors/ffmpeg/closed-segments');

/** A disk on which the calls before `answer` hang. */
function hangingDisk() {
  const disk = new Gate({ places: 1, maxWaiting: 100 });
  let answer = () => {};
  const hung = new Promise<void>((resolve) => {
    answer = resolve;
  });
  void disk.run(() => hung);
  return { disk, answer };
}

function closedSegments(folder: string, disk: Gate) {
  const seen: number[] = [];
  const failures: SourceFailure[] = [];
  const segments = new ClosedSegments({
    stream: 'cam01',
    epoch: 7,
    folder,
    disk,
    onSegment: ({ number }) => seen.push(number),
    onFailure: (failure) => failures.push(failure),
  });
  const announce = (number: number) => segments.announced({ number, durationMs: 1000, fileName: `7-${number}.ts` });
  return { seen, failures, announce };
}

test('a link in place of a segment is no segment: the capture fails, and nothing of it is served', async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, 'other'), Buffer.alloc(188));
  await symlink('other', join(folder.path, '7-1.ts'));
  const { seen, failures, announce } = closedSegments(folder.path, new Gate({ places: 1, maxWaiting: 10 }));
  announce(1);
  const failure = await eventually('it fails', () => failures[0]);
  assert.match(failure.message, '7-1.ts is no file');
  assert.equal(seen, []);
});

test('while a disk hangs, a limited number of segments waits: then the capture fails, once, and tells of none of them', async () => {
  await using folder = await tempFolder();
  const { disk, answer } = hangingDisk();
  const { seen, failures, announce } = closedSegments(folder.path, disk);
  for (let number = 0; number < MAX_UNSEEN; number++) {
    await writeFile(join(folder.path, `7-${number}.ts`), Buffer.alloc(188));
    announce(number);
  }
  assert.equal(failures, []);
  announce(MAX_UNSEEN);
  announce(MAX_UNSEEN + 1);
  assert.equal(
    failures.map(({ kind, message }) => [kind, message]),
    [['ours', `the disk does not answer: ${MAX_UNSEEN} segments were closed since it did`]],
  );
  answer();
  // A task that waits in the gate behind all of them runs after them.
  await disk.run(async () => undefined);
  await disk.run(async () => undefined);
  assert.equal([seen, failures.length], [[], 1]);
});

test('when the disk answers again in time, the waiting segments are told in order', async () => {
  await using folder = await tempFolder();
  const { disk, answer } = hangingDisk();
  const { seen, failures, announce } = closedSegments(folder.path, disk);
  const numbers = Array.from({ length: MAX_UNSEEN }, (_, number) => number);
  for (const number of numbers) {
    await writeFile(join(folder.path, `7-${number}.ts`), Buffer.alloc(188));
    announce(number);
  }
  answer();
  await eventually('all are seen', () => seen.length === MAX_UNSEEN);
  announce(MAX_UNSEEN);
  await eventually('there is room again, and this segment is not there', () => failures.length === 1);
  assert.equal(seen, numbers);
});

test('a folder that cannot be made in time is a failure of this server, and no call is left waiting', async () => {
  await using folder = await tempFolder();
  const { disk, answer } = hangingDisk();
  const own = join(folder.path, 'cam01');
  await using capture = startCapture({ tools: fakeTools('steady'), folder: own, disk, folderWithinMs: 50 });
  assert.equal(await capture.exited(), { kind: 'ours', message: 'its disk has not answered for 0.05 s' });
  answer();
  await disk.run(() => mkdir(join(folder.path, 'the next')));
  assert.equal(await readdir(folder.path), ['the next']);
});

test.run();
