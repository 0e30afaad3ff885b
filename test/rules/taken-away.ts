import { ARCHIVE } from './archive.ts';
import { AROUND_THE_BUS } from './around-the-bus.ts';
import { CLOSED_PACKS } from './closed-packs.ts';
import { MEMBERSHIP } from './membership.ts';
import { PLAYBACK } from './playback.ts';
import { RETURNING } from './returning.ts';
import type { TakenAway } from './row.ts';
import { STRANGERS } from './strangers.ts';
import { STREAMS } from './streams.ts';

/** All rules that `npm run rules` takes away, one at a time. */
export const TAKEN_AWAY: readonly TakenAway[] = [
  ...MEMBERSHIP,
  ...STREAMS,
  ...AROUND_THE_BUS,
  ...STRANGERS,
  ...ARCHIVE,
  ...CLOSED_PACKS,
  ...PLAYBACK,
  ...RETURNING,
].map(([rule, title, file, from, to, test]) => ({ rule, title, file, from, to, test }));
