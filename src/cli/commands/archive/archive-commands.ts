import type { Command } from '../../command.ts';
import { confirmClock } from './confirm-clock.ts';
import { exportCommand } from './export.ts';
import { keep, unkeep } from './keep.ts';
import { ls } from './ls.ts';
import { returnCommand } from './return.ts';
import { returns } from './returns.ts';
import { show } from './show.ts';
import { verify } from './verify.ts';
import { whereArchive } from './where.ts';

export const archive: readonly Command[] = [
  ls,
  show,
  whereArchive,
  keep,
  unkeep,
  exportCommand,
  verify,
  returns,
  returnCommand,
  confirmClock,
];
