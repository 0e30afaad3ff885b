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
}

export interface ListedSegment {
  /** Relative to the playlist, or absolute. */
  readonly uri: string;
  readonly durationMs: number;
  /** EXT-X-PROGRAM-DATE-TIME, Unix milliseconds. */
  readonly startMs?: number;
  /** EXT-X-DISCONTINUITY stands before it. */
  readonly discontinuity: boolean;
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

export function mediaPlaylistText(playlist: MediaPlaylist): string {
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:3',
    `#EXT-X-TARGETDURATION:${playlist.targetDurationS}`,
    `#EXT-X-MEDIA-SEQUENCE:${playlist.firstNumber}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}`,
  ];
  for (const segment of playlist.segments) {
    if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
    if (segment.startMs !== undefined) {
      lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.startMs).toISOString()}`);
    }
    lines.push(`#EXTINF:${(segment.durationMs / 1000).toFixed(3)},`, segment.uri);
  }
  return `${lines.join('\n')}\n`;
}

/** Reads a media playlist of streamherd; unknown tags and line ends of any kind are accepted. */
export function parseMediaPlaylist(text: string): ParsedPlaylist {
  if (text.length > MAX_PLAYLIST_CHARS) return refused(`longer than ${MAX_PLAYLIST_CHARS} characters`);
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (lines[0] !== '#EXTM3U') return refused('does not begin with #EXTM3U');
  const segments: ListedSegment[] = [];
  const header = { target: Number.NaN, sequence: 0, discontinuities: 0 };
  let next: { durationMs?: number; startMs?: number; discontinuity: boolean } = { discontinuity: false };
  for (const line of lines) {
    const [, tag = '', value = ''] = /^#([A-Z0-9-]+)(?::(.*))?$/.exec(line) ?? [];
    if (tag === 'EXT-X-TARGETDURATION') header.target = wholeNumber(value);
    else if (tag === 'EXT-X-MEDIA-SEQUENCE') header.sequence = wholeNumber(value);
    else if (tag === 'EXT-X-DISCONTINUITY-SEQUENCE') header.discontinuities = wholeNumber(value);
    else if (tag === 'EXT-X-DISCONTINUITY') next.discontinuity = true;
    else if (tag === 'EXT-X-PROGRAM-DATE-TIME') next.startMs = Date.parse(value);
    else if (tag === 'EXTINF') next.durationMs = Math.round(Number.parseFloat(value) * 1000);
    else if (line !== '' && !line.startsWith('#')) {
      const { durationMs, startMs, discontinuity } = next;
      if (durationMs === undefined || !(durationMs >= 0)) return refused(`"${line}" has no #EXTINF duration`);
      if (segments.length === MAX_LISTED_SEGMENTS) return refused(`more than ${MAX_LISTED_SEGMENTS} segments`);
      const dated = startMs !== undefined && Number.isFinite(startMs) ? { startMs } : {};
      segments.push({ uri: line, durationMs, discontinuity, ...dated });
      next = { discontinuity: false };
    }
  }
  const { target, sequence, discontinuities } = header;
  if (!Number.isSafeInteger(target)) return refused('has no whole #EXT-X-TARGETDURATION');
  if (!Number.isSafeInteger(sequence) || !Number.isSafeInteger(discontinuities)) {
    return refused('has a sequence that is not a whole number');
  }
  const playlist = { targetDurationS: target, firstNumber: sequence, discontinuitySequence: discontinuities, segments };
  return { ok: true, playlist };
}

function wholeNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function refused(problem: string): ParsedPlaylist {
  return { ok: false, problem };
}
