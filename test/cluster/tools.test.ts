import { execFileSync } from 'node:child_process';
import { symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('cluster/tools', { deadlineMs: 140_000 });
const REAL = execFileSync('sh', ['-c', 'command -v ffmpeg'], { encoding: 'utf8' }).trim();
const SLOW = { deadlineMs: 30_000 };

test('a server without a working ffmpeg says so and takes nothing, until it has one, and again when it has lost it', async () => {
  await using folder = await tempFolder();
  const ffmpeg = join(folder.path, 'ffmpeg');
  await withHerd({ servers: 2, cameras: 4 }, async (herd) => {
    const [s1, s2] = [herd.server('s1'), herd.server('s2')];
    s2.kill('SIGTERM');
    await s2.ended();
    await herd.whole();
    process.env.STREAMHERD_FFMPEG = ffmpeg;
    await s2.start();
    delete process.env.STREAMHERD_FFMPEG;

    const why = async () => (await s1.servers()).find(({ name }) => name === 's2')?.why ?? '';
    await eventually('the others know', async () => /takes no streams: .*no such program/.test(await why()), SLOW);
    assert.match(s2.log, /warn {2}server-cannot-capture s2: .*no such program/);
    await symlink(REAL, ffmpeg);
    await eventually('it takes its share by itself', async () => (await herd.byServer()).get('s2')?.length === 2, SLOW);
    await herd.whole();
    const captures = herd.bus.eventsOf('server-captures-again').find(({ server }) => server === 's2');
    const claims = herd.bus.eventsOf('stream-claimed').filter(({ session }) => session === captures?.session);
    assert.ok(captures !== undefined && claims.every(({ at }) => at > captures.at), 'it claimed nothing without one');

    await unlink(ffmpeg);
    await writeFile(ffmpeg, '#!/bin/sh\necho broken >&2\nexit 1\n', { mode: 0o755 });
    for (const pid of s2.capturePids) process.kill(pid, 'SIGKILL');
    await eventually(
      'all is with the one that works',
      async () => (await herd.byServer()).get('s1')?.length === 4,
      SLOW,
    );
    await herd.whole();
    assert.match(await why(), /takes no streams: .*exit code 1: broken/);
    assert.equal(await herd.pulledTwice(), []);
  });
});

test.run();
