import type { Told } from '../../domain/herd-event.ts';
import { isoTime } from '../../domain/text/iso-time.ts';
import { mediaPath, type PackPlace } from '../pack/pack-reading.ts';
import type { RottenPack } from './rotten-packs.ts';

/** The event about a pack whose files are not as recorded: told once, and again only when more of it is damaged. */
export function rottenEvent(place: PackPlace, { stream, id, parts }: RottenPack, problems: readonly string[]): Told {
  const media = mediaPath(place, id);
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) {
    const why = `the index of ${media} is damaged; its recording is whole and plays: ${problems[0] ?? ''}`;
    return { kind: 'pack-rotten', stream, epoch: id.epoch, why, detail: { media, segments: 0 } };
  }
  const segments = parts.reduce((sum, { firstNumber, lastNumber }) => sum + lastNumber - firstNumber + 1, 0);
  const lostMs = parts.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
  const from = isoTime(first.fromMs);
  const until = isoTime(last.untilMs);
  const what = segments === 1 ? '1 segment' : `${segments} segments`;
  const why =
    `${what} of ${media} between ${from} and ${until}, ${(lostMs / 1000).toFixed(1)} s in all, are not what was ` +
    'recorded: they are not played any more, everything else of it is';
  return { kind: 'pack-rotten', stream, epoch: id.epoch, why, detail: { media, segments, from, until, lostMs } };
}
