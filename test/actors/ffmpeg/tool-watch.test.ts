import { execFileSync } from 'node:child_process';
import { symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ToolWatch } from '../../../src/actors/ffmpeg/tool-watch.ts';
import { ffmpegProblem } from '../../../src/actors/ffmpeg/tools.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('actors/ffmpeg/tool-watch');
const REAL = execFileSync('sh', ['-c', 'command -v ffmpeg'], { encoding: 'utf8' }).trim();

test('a missing ffmpeg is a fault until it is installed; one that breaks is a fault once a capture has failed', async () => {
  await using folder = await tempFolder();
  const ffmpeg = join(folder.path, 'ffmpeg');
  const told: (string | undefined)[] = [];
  using watch = await ToolWatch.open({
    env: { ...process.env, STREAMHERD_FFMPEG: ffmpeg },
    lookEveryMs: { working: 600_000, broken: 50 },
  });
  watch.follow((problem) => told.push(problem));
  const { tools } = watch;
  assert.is(watch.problem, `${ffmpeg} does not work: there is no such program`);
  assert.is(tools.drawsText, false);
  await symlink(REAL, ffmpeg);
  await eventually('it works', () => watch.problem === undefined);
  assert.is(tools.drawsText, true, 'a caller that holds the tools sees what they can do now');
  await unlink(ffmpeg);
  await writeFile(ffmpeg, '#!/bin/sh\necho "error while loading shared libraries: libavformat.so.59" >&2\nexit 127\n', {
    mode: 0o755,
  });
  await eventually('after a failed capture the ffmpeg is examined', () => {
    watch.suspect();
    return watch.problem !== undefined;
  });
  assert.match(watch.problem ?? '', /exit code 127: error while loading shared libraries/);
  assert.equal(
    told.map((problem) => problem === undefined),
    [true, false],
  );
});

test('an ffmpeg that is too old is a fault; one that is not of a release is tried', async () => {
  await using folder = await tempFolder();
  const ffmpeg = join(folder.path, 'ffmpeg');
  const named = async (version: string) => {
    await writeFile(ffmpeg, `#!/bin/sh\necho "ffmpeg version ${version} Copyright (c)"\n`, { mode: 0o755 });
    return ffmpegProblem(ffmpeg);
  };
  assert.is(
    await named('4.4.2-0ubuntu0.22.04.1'),
    'ffmpeg version 4.4.2-0ubuntu0.22.04.1 is too old: 5.0 or later is needed',
  );
  assert.is(await named('n7.1'), undefined);
  assert.is(await named('N-109468-gd39b34123d'), undefined);
});

test.run();
