import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { isOnPath } from '../../src/nats/own-server/on-path.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('warden/unit-file');
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const TITLE = 'systemd understands every word of the unit file, and calls what it leaves open little';
/** Of what systemd-analyze gives from 0 (closed) to 10. Version 252 gives this file 1.7. */
const MOST_OPEN = 2;

async function unitFile(): Promise<string> {
  return readFile(join(PROJECT, 'config/streamherd.service'), 'utf8');
}

if (!isOnPath('systemd-analyze')) test.skip(TITLE, 'there is no systemd-analyze');
else {
  test(TITLE, async () => {
    await using folder = await tempFolder();
    const file = join(folder.path, 'streamherd.service');
    // The path is that of this checkout, because the check looks whether the program is there.
    const installed = '/opt/streamherd/bin/streamherd';
    const text = await unitFile();
    assert.match(text, `ExecStart=${installed} run -c `);
    await writeFile(file, text.replace(installed, join(PROJECT, 'bin/streamherd')));
    const { exitCode, stderr } = await execa('systemd-analyze', ['verify', '--man=no', file], { reject: false });
    // It exits with 0 for a word that it does not know.
    assert.equal([exitCode, stderr], [0, '']);
    const threshold = [`--threshold=${MOST_OPEN * 10}`, '--offline=true'];
    const security = await execa('systemd-analyze', ['security', ...threshold, file], { reject: false });
    assert.is(security.exitCode, 0, security.stdout.split('\n').at(-1));
  });
}

test('the unit file has the settings of systemd that the warden needs', async () => {
  const words = (await unitFile()).split('\n');
  for (const word of [
    // The server hands its streams over before it is killed.
    'KillMode=mixed',
    // One ffmpeg out of memory must not end all others.
    'OOMPolicy=continue',
    // The exit code of a misused command.
    'RestartPreventExitStatus=2',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    // The default of data_dir is in it.
    'StateDirectory=streamherd',
  ])
    assert.ok(words.includes(word), word);
});

test.run();
