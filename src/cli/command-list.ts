import type { Command } from './command.ts';
import { apply } from './commands/apply.ts';
import { archive } from './commands/archive/archive-commands.ts';
import { check } from './commands/check.ts';
import { demo } from './commands/demo.ts';
import { discover } from './commands/discover.ts';
import { doctor } from './commands/doctor.ts';
import { drain, undrain } from './commands/drain.ts';
import { events } from './commands/events.ts';
import { hashPassword } from './commands/hash-password.ts';
import { log } from './commands/log.ts';
import { move } from './commands/move.ts';

import { notify } from './commands/notify.ts';
import { playToken } from './commands/play-token.ts';

import { run } from './commands/run.ts';
import { servers } from './commands/servers.ts';
import { testSource } from './commands/source/test-source.ts';
import { streams } from './commands/streams.ts';
import { support } from './commands/support.ts';
import { top } from './commands/top.ts';
import { whatIf } from './commands/what-if.ts';
import { where } from './commands/where.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  run,
  demo,
  check,
  doctor,
  hashPassword,
  playToken,
  discover,
  apply,
  ...streams,
  testSource,
  ...servers,
  where,
  drain,
  undrain,
  move,
  whatIf,
  events,
  top,
  log,
  notify,
  support,
  ...archive,
];
