import { apply } from './apply.ts';
import { check } from './check.ts';
import type { Command } from './command.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { drain, undrain } from './drain.ts';
import { events } from './events.ts';
import { hashPassword } from './hash-password.ts';
import { move } from './move.ts';
import { run } from './run.ts';
import { servers } from './servers.ts';
import { streams } from './streams.ts';
import { whatIf } from './what-if.ts';
import { where } from './where.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  run,
  demo,
  check,
  doctor,
  hashPassword,
  apply,
  ...streams,
  ...servers,
  where,
  drain,
  undrain,
  move,
  whatIf,
  events,
];
