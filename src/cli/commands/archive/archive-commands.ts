import type { Command } from '../../command.ts';
import { confirmClock } from './confirm-clock.ts';
import { exportCommand } from './export.ts';
import { keep, unkeep } from './keep.ts';
import { ls } from './ls.ts';
import { show } from './show.ts';
import { verify } from './verify.ts';

export const archive: readonly Command[] = [ls, show, keep, unkeep, exportCommand, verify, confirmClock];
