import { busFaults } from './bus-faults.ts';
import { CAMERA_FAULTS } from './camera-faults.ts';
import { DISK_FAULTS } from './disk-faults.ts';
import type { FaultKind, OutageTimes } from './fault-kind.ts';
import { networkFaults } from './network-faults.ts';
import { SERVER_FAULTS } from './server-faults.ts';

/** Every kind, each once. */
export function faultKinds(times: OutageTimes): readonly FaultKind[] {
  return [...SERVER_FAULTS, ...CAMERA_FAULTS, ...busFaults(times), ...networkFaults(times), ...DISK_FAULTS];
}

const SHORT_TIMES = { busMs: 4000, nodeMs: 5000 };
/** Those that lose no server come first: a server that is back lets the next fault wait until it has its streams again. */
const SHORT_FORM = [
  'NATS leader: SIGKILL',
  'all of NATS: away for 4 s',
  'server: SIGSTOP for 350 ms',
  'ffmpeg: SIGKILL',
  'network: two servers cut off from each other',
  'network: a beats port closed by a firewall, and all from NATS',
  'disk: full',
  'server: SIGKILL',
  'server: SIGSTOP, then SIGCONT after its lease',
  'network: a server cut off, but not from its cameras',
  'host and NATS leader: power loss',
];

/** What `npm test` has the time for. */
export function shortForm(): readonly FaultKind[] {
  const kinds = faultKinds(SHORT_TIMES);
  return SHORT_FORM.map((name) => {
    const kind = kinds.find((candidate) => candidate.name === name);
    if (kind === undefined) throw new RangeError(`no fault "${name}"`);
    return kind;
  });
}
