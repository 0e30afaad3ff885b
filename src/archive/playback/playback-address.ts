import type { Fmp4View } from '../../media/fmp4/fmp4-name.ts';
import type { Interval } from '../catalogue/intervals.ts';
import { type ListAnchor, parseAnchor } from './list-anchor.ts';
import {
  DURATION_EXPECTED,
  MAX_DURATION_S,
  MAX_UNIX_MS,
  parseDuration,
  parseTime,
  TIME_EXPECTED,
  TIME_PATTERN,
} from './playback-times.ts';

/** A list of a time. */
interface ListedTime {
  readonly fromMs: number;
  /** Absent: it grows as long as there is more. */
  readonly untilMs?: number;
  /** As fragmented MP4; absent: as MPEG-TS, and in a multivariant playlist as players need it. */
  readonly view?: Fmp4View;
}

/** The question of an address below a stream about its recordings: the last part of the path, and the query. */
export type PlaybackAddress =
  | (ListedTime & { readonly what: 'list' })
  /** The multivariant playlist of such a list. */
  | (ListedTime & { readonly what: 'index' })
  /** A list that moves on with the time: the last `windowMs` of what is `delayMs` ago. Without an anchor, its multivariant playlist. */
  | {
      readonly what: 'window';
      readonly delayMs: number;
      readonly windowMs: number;
      readonly anchor?: ListAnchor;
      readonly view?: Fmp4View;
    }
  /** As `window`, so much behind the time as `atMs` is now: that is known when it is first asked for. */
  | { readonly what: 'window-at'; readonly atMs: number; readonly view?: Fmp4View }
  | { readonly what: 'export'; readonly as: 'mp4' | 'ts'; readonly fromMs: number; readonly untilMs: number }
  | { readonly what: 'preview'; readonly as: 'jpg' | 'mp4'; readonly atMs: number }
  | { readonly what: 'status'; readonly bounds: Interval; readonly isDetailed: boolean }
  /** Another server asks what this one has. */
  | { readonly what: 'holdings'; readonly bounds: Interval }
  | { readonly what: 'segments'; readonly bounds: Interval };

export type ParsedAddress =
  | { readonly ok: true; readonly address: PlaybackAddress }
  | { readonly ok: false; readonly problem: string };

/** What a window behind the time lists, at least: a player that starts has more than it needs. */
export const DELAYED_WINDOW_MS = 60_000;
/** Names the first segment of a list that moves on, so that every server counts from there. */
export const ANCHOR = 'anchor';
export const HOLDINGS_LEAF = 'archive-holdings.json';
export const SEGMENTS_LEAF = 'archive-segments.json';
export const STATUS_LEAF = 'recording_status.json';
/** Of the server, not of a stream: which streams it has recordings of. */
export const STREAMS_PATH = '/archive-streams.json';

const FMP4_LIST = '.fmp4.m3u8';
const RANGE = new RegExp(`^(archive|index|video|mono|audio)-(${TIME_PATTERN})-([^-]+?)\\.(fmp4\\.m3u8|m3u8|mp4|ts)$`);
const PREVIEW = new RegExp(`^(${TIME_PATTERN})-preview\\.(jpg|mp4)$`);
const WINDOW = /^(timeshift_abs|timeshift_rel|rewind)-(.+?)(\.fmp4)?\.m3u8$/;
const OURS =
  /^(?:(?:archive|index|video|mono|audio)-.+\.(?:m3u8|mp4|ts)|(?:timeshift_abs|timeshift_rel|rewind)-.*\.m3u8|.+-preview\.(?:jpg|mp4))$/;
const JSON_LEAVES: readonly string[] = [STATUS_LEAF, HOLDINGS_LEAF, SEGMENTS_LEAF];

/** Whether the last part of a path is one of these addresses, a good or a bad one. */
export function isPlaybackLeaf(leaf: string): boolean {
  return JSON_LEAVES.includes(leaf) || OURS.test(leaf);
}

/** @param nowMs the end of a time that names none. */
export function parsePlaybackAddress(leaf: string, query: URLSearchParams, nowMs: number): ParsedAddress {
  if (JSON_LEAVES.includes(leaf)) return parseBounds(leaf, query, nowMs);
  const [, name = '', fromText, durationText = '', ending = ''] = RANGE.exec(leaf) ?? [];
  if (fromText !== undefined) return parseRange({ name, fromText, durationText, ending }, nowMs);
  const [, atText, as] = PREVIEW.exec(leaf) ?? [];
  if (atText !== undefined) {
    const atMs = parseTime(atText);
    if (atMs === undefined) return refused(`expected a time: ${TIME_EXPECTED}`);
    return found({ what: 'preview', as: as === 'mp4' ? 'mp4' : 'jpg', atMs });
  }
  const [, kind, text = '', fmp4] = WINDOW.exec(leaf) ?? [];
  const view = fmp4 === undefined ? {} : { view: 'all' as const };
  if (kind === 'timeshift_abs') return parseDelayed(text, nowMs, view);
  if (kind !== undefined) return parseWindow(kind, text, query, view);
  return refused(
    `expected <time>-preview.jpg or archive-<from>-<duration> with .m3u8, .fmp4.m3u8, .mp4 or .ts: from is ${TIME_EXPECTED}, ` +
      `duration is ${DURATION_EXPECTED}, or now`,
  );
}

interface RangeWords {
  readonly name: string;
  readonly fromText: string;
  readonly durationText: string;
  readonly ending: string;
}

function parseRange({ name, fromText, durationText, ending }: RangeWords, nowMs: number): ParsedAddress {
  const fromMs = parseTime(fromText);
  if (fromMs === undefined) return refused(`expected a time to begin at: ${TIME_EXPECTED}`);
  const isFmp4 = ending === 'fmp4.m3u8';
  if (name === 'audio' && !isFmp4) return refused('expected audio-<from>-<duration>.fmp4.m3u8');
  const isList = isFmp4 || ending === 'm3u8';
  const view: Fmp4View = name === 'audio' ? 'audio' : 'all';
  const list = { what: name === 'index' ? 'index' : 'list', fromMs, ...(isFmp4 && { view }) } as const;
  if (durationText === 'now' && isList) {
    const isTooLong = nowMs - fromMs > MAX_DURATION_S * 1000;
    return isTooLong
      ? refused(`expected a time to begin at that is at most ${MAX_DURATION_S} s (31 days) ago`)
      : found(list);
  }
  const durationMs = parseDuration(durationText);
  if (durationMs === undefined)
    return refused(`expected a duration in ${DURATION_EXPECTED}${isList ? ', or now' : ''}`);
  const untilMs = fromMs + durationMs;
  if (isList) return found({ ...list, untilMs });
  return found({ what: 'export', as: ending === 'mp4' ? 'mp4' : 'ts', fromMs, untilMs });
}

/** The last part of the path of a list. */
export function listLeaf({ fromMs, untilMs, view }: ListedTime): string {
  const duration = untilMs === undefined ? 'now' : (untilMs - fromMs) / 1000;
  // A time as a date has colons, with which an address in a list would begin with the name of a scheme.
  const time = `${fromMs / 1000}-${duration}`;
  return `${view === 'audio' ? 'audio' : 'video'}-${time}${view === undefined ? '.m3u8' : FMP4_LIST}`;
}

/** That of a list that moves on, as fragmented MP4. */
export function asFmp4(leaf: string): string {
  return leaf.endsWith(FMP4_LIST) ? leaf : leaf.replace(/\.m3u8$/, FMP4_LIST);
}

function parseDelayed(text: string, nowMs: number, view: { readonly view?: Fmp4View }): ParsedAddress {
  const atMs = parseTime(text);
  if (atMs === undefined || atMs > nowMs) return refused(`expected a time that is over: ${TIME_EXPECTED}`);
  return found({ what: 'window-at', atMs, ...view });
}

function parseWindow(
  kind: string,
  text: string,
  query: URLSearchParams,
  view: { readonly view?: Fmp4View },
): ParsedAddress {
  // There is no lower bound: the recordings show how far back they go.
  const ms = parseDuration(text, kind === 'rewind' ? undefined : MAX_UNIX_MS / 1000);
  if (ms === undefined) return refused(`expected a duration in ${DURATION_EXPECTED}`);
  const anchorText = query.get(ANCHOR);
  const anchor = anchorText === null ? undefined : parseAnchor(anchorText);
  if (anchorText !== null && anchor === undefined) {
    return refused(`expected ${ANCHOR}=<epoch>-<number>-<Unix milliseconds>, or none`);
  }
  const window = kind === 'rewind' ? { delayMs: 0, windowMs: ms } : { delayMs: ms, windowMs: DELAYED_WINDOW_MS };
  return found({ what: 'window', ...window, ...view, ...(anchor !== undefined && { anchor }) });
}

function parseBounds(leaf: string, query: URLSearchParams, nowMs: number): ParsedAddress {
  const from = timeOf(query, 'from', 0);
  const until = timeOf(query, 'to', leaf === STATUS_LEAF ? nowMs : MAX_UNIX_MS);
  if (from === undefined || until === undefined) return refused(`expected times in from= and to=: ${TIME_EXPECTED}`);
  if (until < from) return refused('expected a time in to= that is not before from=');
  const bounds = { fromMs: from, untilMs: until };
  if (leaf === STATUS_LEAF) return found({ what: 'status', bounds, isDetailed: query.get('detail') === '1' });
  return found({ what: leaf === HOLDINGS_LEAF ? 'holdings' : 'segments', bounds });
}

function timeOf(query: URLSearchParams, name: string, otherwise: number): number | undefined {
  const text = query.get(name);
  return text === null || text === '' ? otherwise : parseTime(text);
}

function found(address: PlaybackAddress): ParsedAddress {
  return { ok: true, address };
}

function refused(problem: string): ParsedAddress {
  return { ok: false, problem };
}
