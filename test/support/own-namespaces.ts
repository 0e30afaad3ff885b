import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { dyingWithParent } from './dying-with-parent.ts';

/**
 * Namespaces of the test's own, for what a test must not do to the machine: cut its network, fill its disk. A whole process
 * is run in them, so no other process sees what it makes there (interfaces, rules, mounts), and all of it ends with the last process, however
 * that ends.
 */
const MARK = 'STREAMHERD_TEST_NAMESPACES';
const NAMESPACES = ['unshare', '--net', '--mount'];
/** On machines that let every user be root in namespaces of its own. */
const NAMESPACES_AS_ANYBODY = ['unshare', '--user', '--map-root-user', '--net', '--mount'];
/** All that hosts and small disks need (`host-network.ts`, `small-disk.ts`), tried once in a place where it does no harm. */
const TRIAL = [
  'set -e',
  'ip link set lo up',
  'echo 1 > /proc/sys/net/ipv4/ip_forward',
  'ip link add one type veth peer name other',
  'ip rule add pref 1000 lookup local',
  'ip rule add pref 10 from 192.0.2.1 to 192.0.2.2 blackhole',
  'mount -t tmpfs -o size=1m tmpfs "$PWD"',
  'nsenter --net=/proc/self/ns/net true',
].join('\n');
const TRIAL_DEADLINE_MS = 10_000;

/** Either what a command line begins with to run in namespaces of its own, or why there are none on this machine. */
export type Namespaces = { readonly command: readonly string[] } | { readonly whyNot: string };

/** Whether this process is one that `runInNamespaces` has started. */
export function isInNamespaces(): boolean {
  return process.env[MARK] === '1';
}

export function findNamespaces(): Namespaces {
  const tried = [NAMESPACES, NAMESPACES_AS_ANYBODY].map((command) => ({ command, problem: problemWith(command) }));
  const found = tried.find(({ problem }) => problem === undefined);
  if (found !== undefined) return { command: found.command };
  return { whyNot: `no network and mount namespaces here: ${tried[0]?.problem}` };
}

/** Runs Node's `args` in them, with this process's input and output. @returns the exit code. */
export async function runInNamespaces(
  { command }: { command: readonly string[] },
  args: readonly string[],
): Promise<number> {
  const [file = '', ...rest] = [...command, ...dyingWithParent('KILL'), process.execPath, ...args];
  const child = spawn(file, rest, { stdio: 'inherit', env: { ...process.env, [MARK]: '1' } });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

function problemWith([file = '', ...args]: readonly string[]): string | undefined {
  const { error, status, stderr } = spawnSync(file, [...args, 'sh', '-c', TRIAL], {
    encoding: 'utf8',
    timeout: TRIAL_DEADLINE_MS,
  });
  if (error !== undefined) return 'code' in error && error.code === 'ENOENT' ? `there is no ${file}` : error.message;
  return status === 0 ? undefined : (stderr.trim().split('\n').at(-1) ?? `exit code ${status}`);
}
