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
import { findNatsServer, OLDEST_NATS_SERVER, toolsNatsServer } from '../../src/nats/own-server/nats-server-path.mjs';
import { isOnPath, runShown } from './command.mjs';
import { readDistribution } from './distribution.mjs';

/**
 * nats-server from the machine's own mirror, out of a suite newer than the machine's: Debian 12 and 13 and Ubuntu 24.04
 * have one that is too old.
 *
 * Nothing of the system changes: apt works with a source, lists and a cache of its own inside `.tools/`, the package is
 * unpacked and not installed, and root is not needed. The suite's signature is verified with the distribution's keyring as
 * this machine has it. The binary needs only libc (2.34 or later), so another suite's package runs.
 */
export function natsServer(root) {
  const search = findNatsServer(root);
  if (search.found) return undefined;
  const { major, minor } = OLDEST_NATS_SERVER;
  const byHand =
    `${search.why}. Put one on PATH, or the program itself at ${toolsNatsServer(root)} ` +
    `(${major}.${minor} or later, see https://nats.io/download)`;
  const distribution = isOnPath('apt-get') && isOnPath('dpkg') ? readDistribution() : undefined;
  if (distribution === undefined) {
    return { what: 'nats-server', problem: `${byHand}: this is not a Debian or Ubuntu with a mirror to fetch it from` };
  }
  return {
    what: `nats-server into .tools/, from suite ${distribution.suite} of ${distribution.mirror}`,
    problem: undefined,
    install: () => {
      try {
        download(root, distribution);
      } catch (error) {
        throw new Error(`${error.message}\n${byHand}`, { cause: error });
      }
    },
  };
}

function download(root, distribution) {
  const tools = join(root, '.tools');
  mkdirSync(tools, { recursive: true });
  const scratch = mkdtempSync(join(tools, 'apt-'));
  try {
    const options = aptState(scratch, distribution);
    runShown('apt-get', ['-q', ...options, 'update'], { cwd: scratch });
    runShown('apt-get', ['-q', ...options, 'download', 'nats-server'], { cwd: scratch });
    const deb = readdirSync(scratch).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new Error('apt-get downloaded no package');
    runShown('dpkg', ['-x', deb, 'unpacked'], { cwd: scratch });
    const program = ['usr/sbin', 'usr/bin']
      .map((dir) => join(scratch, 'unpacked', dir, 'nats-server'))
      .find(existsSync);
    if (program === undefined) throw new Error(`${deb} holds no nats-server`);
    // Copied beside its place and renamed, so that no process ever runs half a program.
    const ready = join(scratch, 'nats-server');
    copyFileSync(program, ready);
    chmodSync(ready, 0o755);
    renameSync(ready, toolsNatsServer(root));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const result = findNatsServer(root);
  if (!result.found) throw new Error(`the nats-server of suite ${distribution.suite} cannot be used: ${result.why}`);
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
