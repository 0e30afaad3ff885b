import { readFile } from 'node:fs/promises';

/** USER_HZ: the unit of /proc/<pid>/stat on every Linux that Node runs on. */
const TICK_MS = 10;

/** Processor time that the processes have used so far, in user and system mode. */
export async function processorMs(pids: readonly number[]): Promise<number> {
  const used = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      // The name, which stands in parentheses, may hold spaces.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    }),
  );
  return used.reduce((sum, ms) => sum + ms, 0);
}
