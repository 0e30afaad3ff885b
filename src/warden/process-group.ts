import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const GONE_WITHIN_MS = 3000;
const POLL_MS = 5;

/**
 * SIGKILLs every process of the group, and resolves when they are gone: their connections are closed then.
 *
 * @throws Error when one does not die, as in an uninterruptible wait for a disk.
 */
export async function killGroup(group: number): Promise<void> {
  const end = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    // Again each time: a process may have forked while it was told.
    signalGroup(group, 'SIGKILL');
    const left = groupMembers(group);
    if (left.length === 0) return;
    if (performance.now() > end) throw new Error(`processes ${left.join(', ')} of the server do not end`);
    await pause(POLL_MS);
  }
}

export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // No process is left in it.
  }
}

/**
 * Processes of the group that hold anything. From /proc and not by `kill(-group, 0)`, which also finds ended ones that no process
 * has waited for; in a container without an init those stay for ever.
 */
export function groupMembers(group: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isMember(pid, group));
}

function isMember(pid: number, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything: `pid (name) state parent group …`.
    const [state, , memberOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(memberOf) !== group) return false;
    // A leading thread is a zombie while the others still run, with every connection open.
    return (state !== 'Z' && state !== 'X') || readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    // Gone meanwhile.
    return false;
  }
}
