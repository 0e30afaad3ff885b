import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../domain/log.ts';
import { PUSH_FOLDER_VARIABLE } from '../host/push-mark.ts';

const GONE_WITHIN_MS = 3000;
const POLL_MS = 10;

/**
 * Kills every ffmpeg that an earlier process of this server left behind, and waits until it is gone.
 *
 * A server that was killed with SIGKILL cannot stop its children; where `setpriv --pdeathsig` is missing they go on
 * capturing, and the cameras would be pulled twice. They are known by the folder of their output, or of the stream that they push, which no other server
 * writes to: the data folder's lock is held by the caller, or was until now by the process that it has just seen end.
 *
 * @throws Error when one does not die.
 */
export async function killOrphanCaptures(liveFolder: string, log: Log): Promise<void> {
  const end = performance.now() + GONE_WITHIN_MS;
  const told = new Set<number>();
  for (;;) {
    const left = capturesInto(liveFolder);
    if (left.length === 0) return;
    if (performance.now() > end) throw new Error(`a left-over ffmpeg that writes into ${liveFolder} cannot be ended`);
    for (const pid of left) {
      if (!told.has(pid)) log.warn(`ending ffmpeg ${pid}, which an earlier process of this server left capturing`);
      told.add(pid);
      kill(pid);
    }
    await pause(POLL_MS);
  }
}

/** Read in one go: some milliseconds for some hundred processes, and a tenth of what it takes through the thread pool. */
function capturesInto(liveFolder: string): number[] {
  return processIds().filter((pid) => {
    const [, ...args] = textsOf(pid, 'cmdline');
    if (!args.includes('-progress')) return false;
    const mark = `${PUSH_FOLDER_VARIABLE}=${liveFolder}/`;
    return (
      args.some((arg) => arg.startsWith(`${liveFolder}/`)) ||
      textsOf(pid, 'environ').some((text) => text.startsWith(mark))
    );
  });
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  } catch {
    return [];
  }
}

function textsOf(pid: number, what: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8').split('\0');
  } catch {
    // Gone meanwhile, or of another user.
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile.
  }
}
