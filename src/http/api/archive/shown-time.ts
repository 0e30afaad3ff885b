import { isoTime } from '../../../domain/text/iso-time.ts';

export function shownInstant(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : isoTime(ms);
}
