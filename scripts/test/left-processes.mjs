import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processes that carry `mark` in their environment, or `mark` with a dot and a number: whatever a test file started, in whichever process group or session,
 * also when its parent is gone. Read from Linux's /proc, where a zombie's environment is empty; elsewhere there are none.
 *
 * @returns {{ pid: number, command: string }[]}
 */
export function markedProcesses(mark) {
  return processIds().flatMap((pid) => {
    const environment = readProcess(pid, 'environ');
    if (!environment.split('\0').some((each) => each === mark || each.startsWith(`${mark}.`))) return [];
    return [{ pid, command: readProcess(pid, 'cmdline').replaceAll('\0', ' ').trim() || '(ending)' }];
  });
}

function processIds() {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function readProcess(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // Gone meanwhile, or another user's.
    return '';
  }
}
