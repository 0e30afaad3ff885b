import { type Fmp4View, fmp4Name, mediaEnding } from '../../media/fmp4/fmp4-name.ts';
import type { NumberedList, NumberedPart } from './numbered-list.ts';
import { type Columns, startMsOf } from './recorded-part.ts';

export interface PlaylistShape {
  /** `sliding`: what is listed leaves the list again. */
  readonly kind: 'whole' | 'growing' | 'sliding';
  readonly targetDurationS: number;
  /** With its `?`: what every address in the list ends with. */
  readonly query: string;
  /** As fragmented MP4; absent: as MPEG-TS. */
  readonly view?: Fmp4View | undefined;
}

/** The text of whole columns as it is sent, made once for all lists of that view that have them. */
const TEXTS = {
  mpegts: new WeakMap<Columns, Buffer>(),
  all: new WeakMap<Columns, Buffer>(),
  audio: new WeakMap<Columns, Buffer>(),
};
/** Durations are rounded, and players add them up: the time is said again where they are so far from it. */
const MAX_DRIFT_MS = 250;
const DISCONTINUITY = Buffer.from('#EXT-X-DISCONTINUITY\n');
const END = Buffer.from('#EXT-X-ENDLIST\n');

/** The longest segment, as EXT-X-TARGETDURATION wants it. */
export function longestS(parts: readonly NumberedPart[]): number {
  let longestMs = 1000;
  for (const { columns, at, count } of parts) {
    for (let index = at; index < at + count; index += 1) {
      longestMs = Math.max(longestMs, columns.durationsMs[index] ?? 0);
    }
  }
  return Math.round(longestMs / 1000);
}

/**
 * The text in pieces, a part each: a list of a month is too long to be made at once.
 *
 * Without EXT-X-GAP and EXT-X-MAP, version 3 is enough. EXT-X-GAP stands at segments that were listed, so that they keep their numbers, and
 * cannot be had now.
 */
export function* playlistPieces(list: NumberedList, shape: PlaylistShape): Generator<Buffer> {
  const isGrowing = shape.kind === 'growing';
  const hasGaps = list.parts.some(({ isAvailable }) => !isAvailable);
  const least = shape.view === undefined ? (isGrowing ? 6 : 3) : 7;
  const head = [
    '#EXTM3U',
    `#EXT-X-VERSION:${hasGaps ? 8 : least}`,
    `#EXT-X-TARGETDURATION:${shape.targetDurationS}`,
    `#EXT-X-MEDIA-SEQUENCE:${list.firstSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${list.discontinuitySequence}`,
  ];
  if (shape.kind !== 'sliding') head.push(`#EXT-X-PLAYLIST-TYPE:${isGrowing ? 'EVENT' : 'VOD'}`);
  // Without it most players would begin a growing list at its end.
  if (isGrowing) head.push('#EXT-X-START:TIME-OFFSET=0');
  yield Buffer.from(`${head.join('\n')}\n`);
  let map = '';
  for (const part of list.parts) {
    if (part.discontinuity) yield DISCONTINUITY;
    const needed = mapText(part, shape);
    if (needed !== map) yield Buffer.from(needed);
    map = needed;
    yield partText(part, shape);
  }
  if (shape.kind === 'whole') yield END;
}

/**
 * What stands in front of fragments is named by the first segment of their pack: so it is gone only with the pack, and each list names
 * the same one. A list is made without a look at segments, so it does not know where nothing has changed since the pack before.
 */
function mapText({ columns: { epoch, firstNumber } }: NumberedPart, { view, query }: PlaylistShape): string {
  if (view === undefined) return '';
  return `#EXT-X-MAP:URI="${fmp4Name({ epoch, number: firstNumber, kind: 'init', view })}${query}"\n`;
}

function partText(part: NumberedPart, shape: PlaylistShape): Buffer {
  const { columns, at, count, isAvailable } = part;
  const isWhole = isAvailable && shape.query === '' && at === 0 && count === columns.startsMs.length;
  return isWhole ? wholeText(part, shape) : segmentsText(part, shape);
}

function wholeText(part: NumberedPart, shape: PlaylistShape): Buffer {
  const texts = TEXTS[shape.view ?? 'mpegts'];
  const known = texts.get(part.columns);
  if (known !== undefined) return known;
  const text = segmentsText(part, shape);
  texts.set(part.columns, text);
  return text;
}

function segmentsText(part: NumberedPart, { view, query }: PlaylistShape): Buffer {
  const { columns, at, count, isAvailable } = part;
  const { epoch, firstNumber, startsMs, durationsMs } = columns;
  const gap = isAvailable ? '' : '#EXT-X-GAP\n';
  const end = `${mediaEnding(view)}${query}\n`;
  const lines: string[] = [];
  let toldMs = Number.NEGATIVE_INFINITY;
  let before = { durationMs: -1, text: '' };
  for (let index = at; index < at + count; index += 1) {
    const startMs = startsMs[index] ?? startMsOf(part);
    const durationMs = durationsMs[index] ?? 0;
    if (Math.abs(startMs - toldMs) > MAX_DRIFT_MS) {
      lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs).toISOString()}\n`);
      toldMs = startMs;
    }
    // Most segments of a camera have one length.
    if (durationMs !== before.durationMs) {
      before = { durationMs, text: `${gap}#EXTINF:${(durationMs / 1000).toFixed(3)},\n${epoch}-` };
    }
    lines.push(before.text + (firstNumber + index) + end);
    toldMs += durationMs;
  }
  return Buffer.from(lines.join(''));
}
