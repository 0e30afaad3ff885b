import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { natsServerBinary } from '../../src/nats/own-server/nats-server-binary.ts';
import { dyingWithParent } from './dying-with-parent.ts';
import { eventually } from './eventually.ts';
import { tempFolder } from './temp-folder.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const SYSTEMCTL = join(PROJECT, 'test/fixtures/systemctl.cjs');
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** A command in a root that takes longer hangs. */
const COMMAND_WITHIN_MS = 120_000;

/**
 * This machine's file system once more, with everything that is written to it in memory; the project is not in it. Other packages are not
 * told that one is installed: the index of all manual pages would take ten seconds. apt knows only what is installed, since there is no network. Its processes see only each other, and end with
 * the first. Arguments: an empty folder, the project, systemctl, a nats-server, this Node.
 */
const SET_UP = `set -e
mount --make-rprivate /
mount -t tmpfs -o size=1g tmpfs "$1"
mkdir "$1/written" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/written,workdir=$1/work" "$1/root"
cd "$1/root"
for folder in run tmp; do mount -t tmpfs tmpfs "$folder"; done
mount --rbind /dev dev
mount -t proc proc proc
mkdir -p run/systemd/system etc/systemd/system
rm -f usr/sbin/policy-rc.d usr/bin/systemctl etc/dpkg/dpkg.cfg.d/*
rm -rf var/lib/apt/lists/* var/cache/apt/*.bin
: > var/lib/dpkg/triggers/File
cp "$3" usr/bin/systemctl
chmod 0755 usr/bin/systemctl
cp "$4" usr/local/bin/nats-server
chroot . /usr/bin/env node --version >/dev/null 2>&1 || cp "$5" usr/local/bin/node
for package in nodejs ffmpeg adduser; do
  chroot . dpkg --status "$package" >/dev/null 2>&1 ||
    printf '\\nPackage: %s\\nStatus: install ok installed\\nVersion: 99:99\\nArchitecture: all\\nMaintainer: none\\nDescription: on this machine without a package\\n' "$package" >> var/lib/dpkg/status
done
mkdir -p ".$2"
mount -t tmpfs tmpfs ".$2"
cd /
touch "$1/root/run/is-set-up"
exec chroot "$1/root" perl -e '$SIG{CHLD} = "IGNORE"; sleep while 1'`;

/** In namespaces whose processes end with the first of them. */
const UNSHARE = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child'];

export interface Performed {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** A root file system like that of this machine, for what a test must not do to the machine itself: install a package. */
export class SystemRoot implements AsyncDisposable {
  /** From outside. */
  readonly path: string;
  /** Of its first process, from outside. */
  readonly pid: number;
  readonly #end: () => Promise<void>;

  private constructor(pid: number, end: () => Promise<void>) {
    this.pid = pid;
    this.#end = end;
    this.path = `/proc/${pid}/root`;
  }

  /** @param within what its processes begin with: `nsenter …` for a network; its own without one by default. */
  static async of(within: readonly string[] = ['unshare', '--net']): Promise<SystemRoot> {
    const folder = await tempFolder();
    const args = [folder.path, PROJECT.replace(/\/$/, ''), SYSTEMCTL, natsServerBinary(), process.execPath];
    const command = [...within, ...dyingWithParent('KILL'), ...UNSHARE, 'sh', '-c', SET_UP, 'sh', ...args];
    const [file = '', ...rest] = command;
    const outer = spawn(file, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    outer.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const end = async () => {
      if (outer.exitCode === null && outer.signalCode === null) {
        const ended = once(outer, 'exit');
        outer.kill('SIGKILL');
        await ended;
      }
      await folder[Symbol.asyncDispose]();
    };
    const pid = await eventually('the root is there', () => {
      if (outer.exitCode !== null) throw new Error(said);
      return firstOf(outer.pid ?? 0);
    }).catch(async (error) => {
      await end();
      throw error;
    });
    const root = new SystemRoot(pid, end);
    await root.run('ip link set lo up');
    return root;
  }

  /** By a shell, as root. */
  async run(script: string, input = ''): Promise<Performed> {
    const enter = ['--target', `${this.pid}`, '--mount', '--uts', '--pid', '--net', '--root'];
    const result = await execa('nsenter', [...enter, 'sh', '-c', `cd /; ${script}`], {
      env: { PATH, HOME: '/root', DEBIAN_FRONTEND: 'noninteractive' },
      extendEnv: false,
      input,
      reject: false,
      timeout: COMMAND_WITHIN_MS,
    });
    return { code: result.exitCode, out: result.stdout, err: result.stderr };
  }

  /** As `run`, of a script that has to succeed. @returns its output. */
  async done(script: string, input = ''): Promise<string> {
    const { code, out, err } = await this.run(script, input);
    if (code !== 0) throw new Error(`exit code ${code} of: ${script}\n${out}\n${err}`);
    return out;
  }

  async take(file: string, to: string): Promise<void> {
    await copyFile(file, join(this.path, to));
  }

  text(path: string): Promise<string> {
    return readFile(join(this.path, path), 'utf8');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}

/** The first process in the namespaces that `unshare` has made, once it has set all up: its only child. */
function firstOf(outer: number): number | undefined {
  const [child] = readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').trim().split(' ').map(Number);
  if (!child) return undefined;
  try {
    if (!readFileSync(`/proc/${child}/cmdline`, 'latin1').startsWith('perl')) return undefined;
    readFileSync(`/proc/${child}/root/run/is-set-up`);
    return child;
  } catch {
    return undefined;
  }
}

/** All that a root needs of the kernel, tried where it does no harm: in an empty folder. */
const TRIAL = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/written" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/written,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
chown daemon "$1/root/tmp"
chroot "$1/root" dpkg --version`;

/** Why there can be none; `undefined`: there can. */
export async function whyNoRoots(): Promise<string | undefined> {
  await using folder = await tempFolder();
  const [file = '', ...args] = ['unshare', '--net', ...UNSHARE.slice(1), 'sh', '-c', TRIAL, 'sh', folder.path];
  const { failed, stderr } = await execa(file, args, { reject: false });
  if (!failed) return undefined;
  return `no root file system of its own can be mounted here: ${stderr.trim().split('\n').at(-1)}`;
}
