import { execFile } from 'node:child_process';
import { readFile, statfs } from 'node:fs/promises';
import { cpus, freemem, loadavg, release, totalmem, uptime } from 'node:os';
import { promisify } from 'node:util';
import { archiveRootsOf, type Config, liveFolderOf } from '../../config/config.ts';
import { printBytes } from '../../domain/text/units.ts';
import { natsServerBinary } from '../../nats/own-server/nats-server-binary.ts';
import type { BundleFile } from './bundle.ts';
import { fileOf } from './herd-files.ts';

const PROGRAM_WITHIN_MS = 5000;
/** A disk that hangs must not hold the bundle up. */
const DISK_WITHIN_MS = 3000;
const run = promisify(execFile);

/** What this machine is and has. */
export async function machineFiles(version: string, config: Config | undefined): Promise<readonly BundleFile[]> {
  return [
    await fileOf('versions.txt', 'versions of streamherd, Node, the kernel, ffmpeg and nats-server; the machine', () =>
      versions(version),
    ),
    ...(config === undefined
      ? []
      : [await fileOf('disks.txt', 'the folders of this server and the room on their disks', () => disks(config))]),
  ];
}

async function versions(version: string): Promise<string> {
  const firstLine = async (program: string, ...args: readonly string[]) => {
    try {
      const { stdout, stderr } = await run(program, args, { timeout: PROGRAM_WITHIN_MS });
      return (stdout || stderr).split('\n')[0] ?? '';
    } catch {
      return 'it cannot be run';
    }
  };
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(await readFile('/etc/os-release', 'utf8').catch(() => ''))?.[1];
  return `${[
    `streamherd: ${version}`,
    `node: ${process.version}`,
    `system: ${system ?? 'unknown'}, kernel ${release()}`,
    `ffmpeg: ${await firstLine('ffmpeg', '-version')}`,
    `nats-server: ${await firstLine(natsServer(), '--version')}`,
    `cores: ${cpus().length} (${cpus()[0]?.model ?? 'unknown'}), load ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
    `memory: ${printBytes(totalmem())}, free ${printBytes(freemem())}`,
    `up for ${Math.round(uptime() / 60)} min`,
  ].join('\n')}\n`;
}

function natsServer(): string {
  try {
    return natsServerBinary();
  } catch {
    return 'nats-server';
  }
}

async function disks(config: Config): Promise<string> {
  const roots = archiveRootsOf(config).map(({ path }) => ['archive', path] as const);
  const folders = [['data_dir', config.dataDir], ['live_dir', liveFolderOf(config)], ...roots] as const;
  const lines = await Promise.all(folders.map(async ([word, path]) => `${word} ${path}: ${await roomOf(path)}`));
  return `${lines.join('\n')}\n`;
}

async function roomOf(path: string): Promise<string> {
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve('it does not answer'), DISK_WITHIN_MS).unref();
  });
  const asked = statfs(path).then(
    ({ bsize, blocks, bavail, files, ffree }) =>
      `${printBytes(bavail * bsize)} free of ${printBytes(blocks * bsize)}, ${ffree} of ${files} inodes free`,
    (error: Error) => error.message,
  );
  return Promise.race([asked, late]);
}
