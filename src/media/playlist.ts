/**
 * HLS playlists (RFC 8216) as values: to text and back.
 *
 * streamherd writes playlists itself because those of ffmpeg are not right across servers: ffmpeg writes no
 * EXT-X-DISCONTINUITY-SEQUENCE and its numbers restart. It reads its own playlists back to serve another server's stream.
 */
export interface MediaPlaylist {
  /** EXT-X-TARGETDURATION, whole seconds. */
  readonly targetDurationS: number;
  /** EXT-X-MEDIA-SEQUENCE: the number of the first segment; the others follow without a gap. */
  readonly firstNumber: number;
  /** EXT-X-DISCONTINUITY-SEQUENCE: the discontinuities that have left the list. */
  readonly discontinuitySequence: number;
  readonly segments: readonly ListedSegment[];
  /** With low latency: what is listed of the segment that is still being written. */
  readonly partial?: OpenSegment;
}

export interface OpenSegment {
  /** EXT-X-PART-INF: no part is longer, but for one in which frames are missing. */
  readonly partTargetMs: number;
  readonly startMs?: number;
  readonly parts: readonly ListedPart[];
  /** EXT-X-PRELOAD-HINT: the next part. */
  readonly nextUri: string;
}

/** EXT-X-PART */
export interface ListedPart {
  readonly uri: string;
  readonly durationMs: number;
  readonly isIndependent: boolean;
}

export interface ListedSegment {
  /** Relative to the playlist, or absolute. */
  readonly uri: string;
  readonly durationMs: number;
  /** EXT-X-PROGRAM-DATE-TIME, Unix milliseconds. */
  readonly startMs?: number;
  /** EXT-X-DISCONTINUITY stands before it. */
  readonly discontinuity: boolean;
  /** Of the newest segments only. */
  readonly parts?: readonly ListedPart[];
  /** EXT-X-MAP: what a player needs in front of it. Absent: nothing, as of MPEG-TS. */
  readonly map?: string;
}

export type ParsedPlaylist =
  | { readonly ok: true; readonly playlist: MediaPlaylist }
  | { readonly ok: false; readonly problem: string };

/** A longer text is no live playlist of streamherd. */
export const MAX_PLAYLIST_CHARS = 256 * 1024;
const MAX_LISTED_SEGMENTS = 1000;

/**
 * The target duration that every server of a herd announces: it must be the same on all of them and must not change while
 * a stream plays, so it comes from the configured duration and not from what was measured. Twice that, because cameras cut
 * at their own key frames: with a GOP up to the segment duration no segment is longer.
 */
export function targetDurationS(segmentMs: number): number {
  return Math.max(2, 2 * Math.ceil(segmentMs / 1000));
}

export function newestNumber(playlist: MediaPlaylist): number {
  return playlist.firstNumber + playlist.segments.length - 1;
}

/** The highest number that players have heard of: with low latency that of the segment that is still being written. */
export function highestNumber(playlist: MediaPlaylist): number {
  return newestNumber(playlist) + (playlist.partial === undefined ? 0 : 1);
}

export function mediaPlaylistText(playlist: MediaPlaylist): string {
  const { partial } = playlist;
  const isPlain = partial === undefined && playlist.segments.every(({ map }) => map === undefined);
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${isPlain ? 3 : 6}`,
    `#EXT-X-TARGETDURATION:${playlist.targetDurationS}`,
    ...(partial === undefined ? [] : controlLines(partial)),
    `#EXT-X-MEDIA-SEQUENCE:${playlist.firstNumber}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}`,
  ];
  let map: string | undefined;
  for (const segment of playlist.segments) {
    if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
    if (segment.map !== undefined && segment.map !== map) lines.push(`#EXT-X-MAP:URI="${segment.map}"`);
    map = segment.map;
    lines.push(...dateLines(segment), ...partLines(segment.parts ?? []));
    lines.push(`#EXTINF:${(segment.durationMs / 1000).toFixed(3)},`, segment.uri);
  }
  if (partial !== undefined) {
    if (partial.parts.length > 0) lines.push(...dateLines(partial), ...partLines(partial.parts));
    lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${partial.nextUri}"`);
  }
  return `${lines.join('\n')}\n`;
}

/** Players stay three parts behind the newest one, as the standard recommends. */
const PARTS_BEHIND = 3;

function controlLines({ partTargetMs }: OpenSegment): readonly string[] {
  const holdBack = ((partTargetMs * PARTS_BEHIND) / 1000).toFixed(3);
  return [
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${holdBack}`,
    `#EXT-X-PART-INF:PART-TARGET=${(partTargetMs / 1000).toFixed(3)}`,
  ];
}

function dateLines({ startMs }: { readonly startMs?: number }): readonly string[] {
  return startMs === undefined ? [] : [`#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs).toISOString()}`];
}

function partLines(parts: readonly ListedPart[]): readonly string[] {
  return parts.map(({ uri, durationMs, isIndependent }) => {
    const independent = isIndependent ? ',INDEPENDENT=YES' : '';
    return `#EXT-X-PART:DURATION=${(durationMs / 1000).toFixed(3)},URI="${uri}"${independent}`;
  });
}

interface Header {
  target: number;
  sequence: number;
  discontinuities: number;
  partTargetMs?: number | undefined;
  nextUri?: string | undefined;
  /** Of the segments from here on. */
  map?: string | undefined;
}

/** What has been read of the next segment. */
interface Next {
  durationMs?: number;
  startMs?: number;
  discontinuity: boolean;
  readonly parts: ListedPart[];
}

/** Reads a media playlist of streamherd; unknown tags and line ends of any kind are accepted. */
export function parseMediaPlaylist(text: string): ParsedPlaylist {
  if (text.length > MAX_PLAYLIST_CHARS) return refused(`longer than ${MAX_PLAYLIST_CHARS} characters`);
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (lines[0] !== '#EXTM3U') return refused('does not begin with #EXTM3U');
  const segments: ListedSegment[] = [];
  const header: Header = { target: Number.NaN, sequence: 0, discontinuities: 0 };
  let next: Next = { discontinuity: false, parts: [] };
  for (const line of lines) {
    const [, tag = '', value = ''] = /^#([A-Z0-9-]+)(?::(.*))?$/.exec(line) ?? [];
    if (tag === 'EXT-X-TARGETDURATION') header.target = wholeNumber(value);
    else if (tag === 'EXT-X-MEDIA-SEQUENCE') header.sequence = wholeNumber(value);
    else if (tag === 'EXT-X-DISCONTINUITY-SEQUENCE') header.discontinuities = wholeNumber(value);
    else if (tag === 'EXT-X-DISCONTINUITY') next.discontinuity = true;
    else if (tag === 'EXT-X-PROGRAM-DATE-TIME') next.startMs = Date.parse(value);
    else if (tag === 'EXT-X-MAP') header.map = attribute(value, 'URI');
    else if (tag === 'EXT-X-PART-INF') header.partTargetMs = milliseconds(attribute(value, 'PART-TARGET'));
    else if (tag === 'EXT-X-PRELOAD-HINT') header.nextUri = attribute(value, 'URI');
    else if (tag === 'EXT-X-PART') next.parts.push(partOf(value));
    else if (tag === 'EXTINF') next.durationMs = Math.round(Number.parseFloat(value) * 1000);
    else if (line !== '' && !line.startsWith('#')) {
      const { durationMs, discontinuity, parts } = next;
      if (durationMs === undefined || !(durationMs >= 0)) return refused(`"${line}" has no #EXTINF duration`);
      if (segments.length === MAX_LISTED_SEGMENTS) return refused(`more than ${MAX_LISTED_SEGMENTS} segments`);
      const { map } = header;
      const more = { ...dated(next), ...(parts.length > 0 && { parts }), ...(map !== undefined && { map }) };
      segments.push({ uri: line, durationMs, discontinuity, ...more });
      next = { discontinuity: false, parts: [] };
    }
  }
  const { target, sequence, discontinuities, partTargetMs, nextUri } = header;
  if (!Number.isSafeInteger(target)) return refused('has no whole #EXT-X-TARGETDURATION');
  if (!Number.isSafeInteger(sequence) || !Number.isSafeInteger(discontinuities)) {
    return refused('has a sequence that is not a whole number');
  }
  const playlist = { targetDurationS: target, firstNumber: sequence, discontinuitySequence: discontinuities, segments };
  if (partTargetMs === undefined || nextUri === undefined) return { ok: true, playlist };
  return { ok: true, playlist: { ...playlist, partial: { partTargetMs, nextUri, parts: next.parts, ...dated(next) } } };
}

function dated({ startMs }: Next): { readonly startMs?: number } {
  return startMs !== undefined && Number.isFinite(startMs) ? { startMs } : {};
}

/** Of a list of attributes: `DURATION=0.44,URI="x",INDEPENDENT=YES`. */
function attribute(list: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`(?:^|,)${name}=(?:"([^"]*)"|([^,]*))`).exec(list) ?? [];
  return quoted ?? plain;
}

function partOf(list: string): ListedPart {
  const [uri = '', durationMs = 0] = [attribute(list, 'URI'), milliseconds(attribute(list, 'DURATION'))];
  return { uri, durationMs, isIndependent: attribute(list, 'INDEPENDENT') === 'YES' };
}

function milliseconds(seconds: string | undefined): number | undefined {
  const ms = Math.round(Number.parseFloat(seconds ?? '') * 1000);
  return ms >= 0 ? ms : undefined;
}

function wholeNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function refused(problem: string): ParsedPlaylist {
  return { ok: false, problem };
}
