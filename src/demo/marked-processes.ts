import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 10;
const GONE_WITHIN_MS = 5000;

/**
 * The processes that carry `mark` in their environment: one that was started with it and whatever that started, also when
 * the parent is gone or the process group is another. From Linux's /proc, where an ended process has no environment.
 */
export function markedProcesses(mark: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && carries(pid, mark));
}

export function carries(pid: number, mark: string): boolean {
  return environmentOf(pid).includes(mark);
}

/** The process that started it; `undefined` when it has ended. */
export function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything: `pid (name) state parent …`.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/**
 * Ends them all at one moment, as when their host loses power: frozen first, so that none sees another die.
 *
 * @throws Error when one does not end.
 */
export async function killMarked(mark: string): Promise<void> {
  const end = performance.now() + GONE_WITHIN_MS;
  for (let left = markedProcesses(mark); left.length > 0; left = markedProcesses(mark)) {
    if (performance.now() > end) throw new Error(`processes ${left.join(', ')} do not end`);
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of left) send(pid, signal);
    await pause(POLL_MS);
  }
}

export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Ended meanwhile.
  }
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // Ended meanwhile, or another user's.
    return [];
  }
}
