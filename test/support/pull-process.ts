import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Which of `pids` makes a pull. Its arguments do not show it: an ffmpeg that was started ahead has no source among
 * them.
 *
 * @param from `Pull.from`
 */
export function processOfPull(pids: readonly number[], from: string): number | undefined {
  const port = Number(from.slice(from.lastIndexOf(':') + 1));
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return pids.find((pid) => {
    const line = connectionsAround(pid).find(([, address]) => address?.endsWith(local));
    return line !== undefined && socketsOf(pid).includes(`socket:[${line[9]}]`);
  });
}

/** Of the network that `pid` lives in. */
function connectionsAround(pid: number): string[][] {
  try {
    const lines = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n');
    return lines.map((line) => line.trim().split(/\s+/));
  } catch {
    // Gone meanwhile.
    return [];
  }
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    // Gone meanwhile.
    return [];
  }
}
