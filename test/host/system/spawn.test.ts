import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('host/system/spawn');
const PROGRAM = fileURLToPath(new URL('../../fixtures/files-used-up.js', import.meta.url));
/** What Node itself and the program's own files need. */
const OPEN_FILES = 80;

/** What the program says, a line for each start. Its group is its own: what it kills by mistake is not this process. */
async function starts(kind: string): Promise<readonly string[]> {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, 'worker.mjs'), '');
  const limited = [`--nofile=${OPEN_FILES}`, process.execPath, PROGRAM, kind, folder.path];
  const { all, signal } = await execa('prlimit', limited, {
    reject: false,
    all: true,
    detached: true,
    stdin: 'ignore',
  });
  const lines = all.split('\n');
  assert.is(lines.pop(), 'alive', `${signal ?? 'it ended'}: ${all}`);
  return lines;
}

for (const [kind, none, enough] of [
  ['capture', 'ffmpeg cannot be started: spawn true EMFILE', '"kind":"ended"'],
  ['push', 'Error: spawn true EMFILE', ''],
  ['push without programs', 'Error: spawn true EMFILE', 'its ffmpeg cannot be started: spawn true ENOENT'],
  ['MP4 export', 'Mp4Error: ffmpeg cannot be started: spawn true EMFILE', 'ended'],
  ['preview', 'PreviewError', 'PreviewError'],
  ['key frames', 'KeyFrameError', 'KeyFrameError'],
  ['test of a source', '"kind":"ours"', '"kind":"ended"'],
  ['command of a pack', 'it could not be started: spawn true EMFILE', '{"ok":true}'],
  ['probe of ffmpeg', 'true does not work: EMFILE', '"drawsText":true'],
  ['nats-server', 'EMFILE', '"exit code 0"'],
  ['server', 'the server process: spawn true EMFILE', '{"code":'],
  ['word to systemd', 'systemd cannot be told', 'systemd cannot be told'],
  // Node leaves a file open with each that fails.
  ['thread', 'EMFILE', 'EMFILE'],
] as const) {
  test(`when no file can be opened any more, a start does no harm to the process that wants it: ${kind}`, async () => {
    const lines = await starts(kind);
    assert.match(lines[0] ?? '', none);
    assert.match(lines.at(-1) ?? '', enough);
  });
}

test.run();
