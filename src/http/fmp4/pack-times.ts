import { type PackId, packStem } from '../../archive/pack/pack-name.ts';
import { NUMBERS_SINCE_MS } from '../../domain/segments/segment-number.ts';
import { type MediaTime, nearTo } from '../../media/fmp4/media-time.ts';
import { headOf } from '../../media/fmp4/segment-head.ts';
import { TICKS_PER_MS } from '../../media/format/media-packets.ts';
import type { ArchivedSegments } from '../media/archived-segments.ts';

/** A pack is an hour of one stream: what is played at a time is of few. */
const MAX_PACKS = 10_000;

/**
 * Where packs stand in the time of an MP4. The name of a pack says when its first segment begins, and is the same on each server that
 * has the pack. So each server places its segments alike, and as they were placed while they were live.
 */
export class PackTimes {
  readonly #archived: Pick<ArchivedSegments, 'read'>;
  readonly #known = new Map<string, MediaTime>();

  constructor(archived: Pick<ArchivedSegments, 'read'>) {
    this.#archived = archived;
  }

  /** Of its first segment; `undefined`: that cannot be read. */
  async of(stream: string, pack: PackId): Promise<MediaTime | undefined> {
    const key = `${stream} ${packStem(pack)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { epoch, firstNumber: number, startMs } = pack;
    const first = await this.#archived.read(stream, { epoch, number });
    const head = first && headOf(first.body);
    if (head === undefined) return undefined;
    const time = nearTo((startMs - NUMBERS_SINCE_MS) * TICKS_PER_MS, head.ticks);
    this.#known.set(key, time);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_PACKS && oldest !== undefined) this.#known.delete(oldest);
    return time;
  }
}
