import { readdir, readFile } from 'node:fs/promises';
import type { Log } from '../domain/log.ts';

const GONE_WITHIN_MS = 3000;
const POLL_MS = 10;

/**
 * Kills every ffmpeg that an earlier process of this server left behind, and waits until it is gone.
 *
 * A server that was killed with SIGKILL cannot stop its children; where `setpriv --pdeathsig` is missing they go on
 * capturing, and the cameras would be pulled twice. They are known by the folder of their output, which nobody else
 * writes to: the data folder's lock is held by the caller.
 *
 * @throws Error when one does not die.
 */
export async function killOrphanCaptures(liveFolder: string, log: Log): Promise<void> {
  for (const pid of await capturesInto(liveFolder)) {
    log.warn(`ending ffmpeg ${pid}, which an earlier process of this server left capturing`);
    process.kill(pid, 'SIGKILL');
  }
  const end = performance.now() + GONE_WITHIN_MS;
  while ((await capturesInto(liveFolder)).length > 0) {
    if (performance.now() > end) throw new Error(`a left-over ffmpeg that writes into ${liveFolder} cannot be ended`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function capturesInto(liveFolder: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc').catch(() => [])) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const [, ...args] = commandLine.split('\0');
    if (args.includes('-progress') && args.some((arg) => arg.startsWith(`${liveFolder}/`))) found.push(pid);
  }
  return found;
}
