import type { Segment } from '../../domain/segments/segment.ts';
import { hourEndMs } from '../pack/pack-name.ts';
import type { OpenPack } from './open-pack.ts';

/** So much is read back at a time, and copied at a time. */
const MAX_PACK_BYTES = 512 * 1024 ** 2;
export const HOUR_OVER = 'the hour is over';

/** Why a pack ends before the segment; `undefined`: it does not. No discontinuity is inside a pack. `home`: where the segment belongs. */
export function whyNotInto(
  { header, lastNumber, bytes }: OpenPack,
  segment: Segment,
  home: string,
): string | undefined {
  if (segment.epoch !== header.epoch || segment.discontinuity) return 'the capture began anew';
  if (segment.number !== lastNumber + 1) return 'segments are missing behind it';
  // Its end would be before its beginning, and no other server takes such a pack.
  if (segment.startMs < header.startMs) return 'the clock was set back';
  if (hourEndMs(segment.startMs) !== hourEndMs(header.startMs)) return HOUR_OVER;
  if (home !== header.home) return `its home is ${home} now`;
  return bytes + segment.bytes > MAX_PACK_BYTES ? 'it is full' : undefined;
}
