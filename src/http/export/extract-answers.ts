import type { Interval } from '../../archive/catalogue/intervals.ts';
import { exactTime, gapsWithin, type ServerHoldings } from '../../archive/playback/recording-status.ts';
import { UNAVAILABLE_HEADER } from '../archive/playback-answers.ts';
import { CACHING, MEDIA_HEADERS } from '../reply.ts';

/** What of the time was not recorded, and why: `[{"from", "duration", "why"}]`, in seconds. */
export const GAPS_HEADER = 'streamherd-gaps';
/** Proxies and clients refuse heads of more than some kilobytes. */
const MAX_HEADER_CHARS = 3000;

export interface ExtractHead {
  readonly type: string;
  readonly fileName: string;
  readonly holdings: readonly ServerHoldings[];
  readonly unavailable: readonly Interval[];
  readonly bounds: Interval;
}

/** What every answer of an export tells of itself. */
export function extractHeaders({ type, fileName, holdings, unavailable, bounds }: ExtractHead): Record<string, string> {
  const gaps = headerList(gapsWithin(holdings, bounds));
  const away = headerList(unavailable.map(exactTime));
  return {
    ...MEDIA_HEADERS,
    'Content-Type': type,
    'Cache-Control': CACHING.never,
    'Content-Disposition': `attachment; filename="${fileName}"`,
    ...(gaps !== undefined && { [GAPS_HEADER]: gaps }),
    ...(away !== undefined && { [UNAVAILABLE_HEADER]: away }),
  };
}

/** `cam01-2026-11-22T06-00-00Z.mp4`. */
export function fileName(stream: string, atMs: number, ending: string): string {
  const time = new Date(atMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  return `${stream.replaceAll(/[^\w.-]/g, '-')}-${time}.${ending}`;
}

/** As JSON without a character that a header must not have; the first of many. `undefined`: there is none. */
function headerList(all: readonly object[]): string | undefined {
  const texts: string[] = [];
  let chars = 0;
  for (const one of all) {
    const text = JSON.stringify(one).replace(/[^\x20-\x7e]/g, escaped);
    chars += text.length + 1;
    if (chars > MAX_HEADER_CHARS) break;
    texts.push(text);
  }
  return texts.length === 0 ? undefined : `[${texts.join(',')}]`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
