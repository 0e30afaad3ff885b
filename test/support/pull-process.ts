import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Which of `pids` is at the near end of a pull. Not by its arguments: an ffmpeg that was started ahead has no source among
 * them.
 *
 * @param from `Pull.from`
 */
export function processOfPull(pids: readonly number[], from: string): number | undefined {
  const port = Number(from.slice(from.lastIndexOf(':') + 1));
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  const inode = lines.map((line) => line.trim().split(/\s+/)).find(([, address]) => address === local)?.[9];
  return inode === undefined ? undefined : pids.find((pid) => socketsOf(pid).includes(`socket:[${inode}]`));
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    // Gone meanwhile.
    return [];
  }
}
