import { spawnSync } from 'node:child_process';

/** Not every `setpriv` can: busybox has one that cannot. */
const CAN = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;

/** What a command line begins with so that it gets `signal` when this process dies, also by SIGKILL. */
export function dyingWithParent(signal: 'KILL' | 'TERM'): readonly string[] {
  return CAN ? ['setpriv', '--pdeathsig', signal] : [];
}
