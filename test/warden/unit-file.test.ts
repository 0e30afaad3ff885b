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
/** The program of each, which `verify` looks for, and what stands in its place here. */
const UNITS = [
  { unit: 'streamherd.service', program: '/usr/bin/streamherd', here: 'bin/streamherd' },
  {
    unit: 'streamherd-nats.service',
    program: '/usr/lib/streamherd/nats-server',
    here: 'packaging/debian/nats-server',
  },
];
/** docs/operating.md says what version 252 of systemd-analyze gives, from 0 (closed) to 10. Others differ by some tenths. */
const VERSIONS_DIFFER_BY = 0.3;

const textOf = (unit: string) => readFile(join(PROJECT, 'config', unit), 'utf8');

for (const { unit, program, here } of UNITS) {
  const title = `systemd understands every word of ${unit}, and calls what it leaves open little`;
  const body = async () => {
    await using folder = await tempFolder();
    const file = join(folder.path, unit);
    const text = await textOf(unit);
    assert.match(text, `ExecStart=${program} `);
    await writeFile(file, text.replace(program, join(PROJECT, here)));
    const { exitCode, stderr } = await execa('systemd-analyze', ['verify', '--man=no', file], { reject: false });
    // It exits with 0 for a word that it does not know.
    assert.equal([exitCode, stderr], [0, '']);
    const { stdout } = await execa('systemd-analyze', ['security', '--offline=true', file]);
    const [, level = ''] = new RegExp(`exposure level for ${unit}: (\\d+\\.\\d)`).exec(stdout) ?? [];
    const manual = await readFile(join(PROJECT, 'docs/operating.md'), 'utf8');
    const [, told = ''] = new RegExp(`\`${unit}\`\\s+has\\s+(\\d\\.\\d)`).exec(manual) ?? [];
    assert.ok(Number(level) <= Number(told) + VERSIONS_DIFFER_BY, `${level}, and the manual says ${told}`);
  };
  if (isOnPath('systemd-analyze')) test(title, body);
  else test.skip(title, 'there is no systemd-analyze');
}

test('the unit file has the settings of systemd that the warden needs', async () => {
  const words = (await textOf('streamherd.service')).split('\n');
  for (const word of [
    // The server hands its streams over before it is killed.
    'KillMode=mixed',
    // Without a sign of the warden systemd ends it: it may hang, and then would end no server whose lease is over.
    'Type=notify',
    'NotifyAccess=all',
    'WatchdogSec=60',
    // The wait for NATS is no failure.
    'TimeoutStartSec=infinity',
    // A segment in live_dir may not be recorded yet.
    'RuntimeDirectoryPreserve=yes',
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
