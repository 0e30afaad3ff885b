import { NUMBERS_SINCE_MS } from '../../domain/segments/segment-number.ts';
import { after, type MediaTime, nearTo } from '../../media/fmp4/media-time.ts';
import { headOf } from '../../media/fmp4/segment-head.ts';
import { TICKS_PER_MS } from '../../media/format/media-packets.ts';
import { type SegmentId, segmentName } from '../../media/segment-name.ts';
import type { FoundSegment } from '../media/media-answers.ts';
import { type KnownHead, placed } from './known-heads.ts';
import type { PackTimes } from './pack-times.ts';

/** Some kilobytes each. */
const MAX_HEADS = 4000;
/** Of a segment of which only the number is known. */
const BEGINNING = { firstNumber: 0, startMs: NUMBERS_SINCE_MS };

/** What segments that are in no live window say, those that were looked at last: a fragment that many ask for is looked at once. */
export class RecordedHeads {
  readonly #packs: PackTimes;
  readonly #segmentMs: number;
  readonly #known = new Map<string, KnownHead | undefined>();

  constructor(packs: PackTimes, segmentMs: number) {
    this.#packs = packs;
    this.#segmentMs = segmentMs;
  }

  /** `undefined`: nothing in the segment can be in an MP4. */
  async of(stream: string, id: SegmentId, { body, pack }: FoundSegment): Promise<KnownHead | undefined> {
    const key = `${stream} ${segmentName(id)}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const head = headOf(body);
    const known = head && placed(head, await this.#timeOf(stream, id, pack, head.ticks));
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_HEADS && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }

  async #timeOf(stream: string, { number }: SegmentId, pack: FoundSegment['pack'], ticks: number): Promise<MediaTime> {
    const time = pack && (await this.#packs.of(stream, pack));
    if (time !== undefined) return after(time, ticks);
    // Without the first segment of its pack, or without a pack, the number of a segment is all that is known of its time.
    const { firstNumber, startMs } = pack ?? BEGINNING;
    const wallMs = startMs - NUMBERS_SINCE_MS + (number - firstNumber) * this.#segmentMs;
    return nearTo(wallMs * TICKS_PER_MS, ticks);
  }
}
