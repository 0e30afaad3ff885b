import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runShown } from './command.mjs';

/**
 * Takes one program out of a package of the distribution, of a suite newer than the machine's.
 *
 * Nothing of the system changes: apt works with a source, lists and a cache of its own inside `.tools/`, the package is
 * unpacked and not installed, and root is not needed. The suite's signature is verified with the distribution's keyring as
 * this machine has it.
 */
export function unpackProgram(root, distribution, { package: name, program: file, place }) {
  const tools = join(root, '.tools');
  mkdirSync(tools, { recursive: true });
  // Users of services run what is in it, whatever the umask of the user that has called.
  chmodSync(tools, 0o755);
  const scratch = mkdtempSync(join(tools, 'apt-'));
  try {
    const options = aptState(scratch, distribution);
    runShown('apt-get', ['-q', ...options, 'update'], { cwd: scratch });
    runShown('apt-get', ['-q', ...options, 'download', name], { cwd: scratch });
    const deb = readdirSync(scratch).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new Error('apt-get downloaded no package');
    runShown('dpkg', ['-x', deb, 'unpacked'], { cwd: scratch });
    const program = ['usr/sbin', 'usr/bin'].map((dir) => join(scratch, 'unpacked', dir, file)).find(existsSync);
    if (program === undefined) throw new Error(`${deb} holds no ${file}`);
    // Copied beside its place and renamed, so that no process ever runs half a program.
    const ready = join(scratch, file);
    copyFileSync(program, ready);
    chmodSync(ready, 0o755);
    renameSync(ready, place);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A state of apt's own under `scratch`; proxies and credentials of the machine's apt stay in force. */
function aptState(scratch, distribution) {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'sources']) {
    mkdirSync(join(scratch, folder), { recursive: true });
  }
  writeFileSync(join(scratch, 'status'), '');
  writeFileSync(join(scratch, 'sources', 'newer.sources'), sourceText(distribution));
  const settings = {
    'Dir::State': scratch,
    'Dir::State::lists': join(scratch, 'lists'),
    'Dir::State::status': join(scratch, 'status'),
    'Dir::Cache': join(scratch, 'cache'),
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(scratch, 'sources'),
    // The project may lie in a folder that the user _apt cannot enter.
    'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
  };
  return Object.entries(settings).flatMap(([name, value]) => (value === '' ? [] : ['-o', `${name}=${value}`]));
}

/** One deb822 source that takes the package list and nothing else. */
export function sourceText({ mirror, suite, components, keyring }) {
  const lines = [
    'Types: deb',
    `URIs: ${mirror}`,
    `Suites: ${suite}`,
    `Components: ${components}`,
    'Targets: Packages',
    // Without one apt falls back on the keys that the machine trusts for everything; it verifies in either case.
    ...(keyring === undefined ? [] : [`Signed-By: ${keyring}`]),
  ];
  return `${lines.join('\n')}\n`;
}
