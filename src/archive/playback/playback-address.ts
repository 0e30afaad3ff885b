import type { Interval } from '../catalogue/intervals.ts';
import { type ListAnchor, parseAnchor } from './list-anchor.ts';
import {
  DURATION_EXPECTED,
  MAX_UNIX_MS,
  parseDuration,
  parseTime,
  TIME_EXPECTED,
  TIME_PATTERN,
} from './playback-times.ts';

/** The question of an address below a stream about its recordings: the last part of the path, and the query. */
export type PlaybackAddress =
  /** A list of a time. `untilMs` is absent for one that grows as long as there is more. */
  | { readonly what: 'list'; readonly fromMs: number; readonly untilMs?: number }
  /** A list that moves on with the time: the last `windowMs` of what is `delayMs` ago. */
  | { readonly what: 'window'; readonly delayMs: number; readonly windowMs: number; readonly anchor?: ListAnchor }
  /** As `window`, so much behind the time as `atMs` is now: that is known when it is first asked for. */
  | { readonly what: 'window-at'; readonly atMs: number }
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

const RANGE = new RegExp(`^(?:archive|index|video|mono)-(${TIME_PATTERN})-([^-]+)\\.(m3u8|mp4|ts)$`);
const PREVIEW = new RegExp(`^(${TIME_PATTERN})-preview\\.(jpg|mp4)$`);
const WINDOW = /^(timeshift_abs|timeshift_rel|rewind)-(.+)\.m3u8$/;
const OURS =
  /^(?:(?:archive|index|video|mono)-.+\.(?:m3u8|mp4|ts)|(?:timeshift_abs|timeshift_rel|rewind)-.*\.m3u8|.+-preview\.(?:jpg|mp4))$/;
const JSON_LEAVES: readonly string[] = [STATUS_LEAF, HOLDINGS_LEAF, SEGMENTS_LEAF];

/** Whether the last part of a path is one of these addresses, a good or a bad one. */
export function isPlaybackLeaf(leaf: string): boolean {
  return JSON_LEAVES.includes(leaf) || OURS.test(leaf);
}

/** @param nowMs the end of a time that names none. */
export function parsePlaybackAddress(leaf: string, query: URLSearchParams, nowMs: number): ParsedAddress {
  if (JSON_LEAVES.includes(leaf)) return parseBounds(leaf, query, nowMs);
  const [, fromText, durationText = '', ending] = RANGE.exec(leaf) ?? [];
  if (fromText !== undefined) return parseRange(fromText, durationText, ending);
  const [, atText, as] = PREVIEW.exec(leaf) ?? [];
  if (atText !== undefined) {
    const atMs = parseTime(atText);
    if (atMs === undefined) return refused(`expected a time: ${TIME_EXPECTED}`);
    return found({ what: 'preview', as: as === 'mp4' ? 'mp4' : 'jpg', atMs });
  }
  const [, kind, text = ''] = WINDOW.exec(leaf) ?? [];
  if (kind === 'timeshift_abs') return parseDelayed(text, nowMs);
  if (kind !== undefined) return parseWindow(kind, text, query);
  return refused(
    `expected <time>-preview.jpg or archive-<from>-<duration> with .m3u8, .mp4 or .ts: from is ${TIME_EXPECTED}, ` +
      `duration is ${DURATION_EXPECTED}, or now`,
  );
}

function parseRange(fromText: string, durationText: string, ending: string | undefined): ParsedAddress {
  const fromMs = parseTime(fromText);
  if (fromMs === undefined) return refused(`expected a time to begin at: ${TIME_EXPECTED}`);
  if (durationText === 'now' && ending === 'm3u8') return found({ what: 'list', fromMs });
  const durationMs = parseDuration(durationText);
  if (durationMs === undefined) {
    return refused(`expected a duration in ${DURATION_EXPECTED}${ending === 'm3u8' ? ', or now' : ''}`);
  }
  const untilMs = fromMs + durationMs;
  if (ending === 'mp4' || ending === 'ts') return found({ what: 'export', as: ending, fromMs, untilMs });
  return found({ what: 'list', fromMs, untilMs });
}

function parseDelayed(text: string, nowMs: number): ParsedAddress {
  const atMs = parseTime(text);
  if (atMs === undefined || atMs > nowMs) return refused(`expected a time that is over: ${TIME_EXPECTED}`);
  return found({ what: 'window-at', atMs });
}

function parseWindow(kind: string, text: string, query: URLSearchParams): ParsedAddress {
  // There is no lower bound: the recordings show how far back they go.
  const ms = parseDuration(text, kind === 'rewind' ? undefined : MAX_UNIX_MS / 1000);
  if (ms === undefined) return refused(`expected a duration in ${DURATION_EXPECTED}`);
  const anchorText = query.get(ANCHOR);
  const anchor = anchorText === null ? undefined : parseAnchor(anchorText);
  if (anchorText !== null && anchor === undefined) {
    return refused(`expected ${ANCHOR}=<epoch>-<number>-<Unix milliseconds>, or none`);
  }
  const window = kind === 'rewind' ? { delayMs: 0, windowMs: ms } : { delayMs: ms, windowMs: DELAYED_WINDOW_MS };
  return found({ what: 'window', ...window, ...(anchor !== undefined && { anchor }) });
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
