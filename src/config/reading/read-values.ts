import { isIP } from 'node:net';
import { parseDurationMs } from '../../domain/text/units.ts';
import type { Listen } from '../config.ts';

/** The values of top-level words, each `undefined` when the text is no such value, with what to expect instead. */
export const HTTP_EXPECTED = 'a port or address:port, like 8080 or 10.0.0.1:8080';
export const HTTPS_EXPECTED =
  'a port or address:port, the file of a certificate and that of its key, like 8443 /etc/streamherd/tls.crt /etc/streamherd/tls.key';
export const BEATS_EXPECTED = 'a port or address:port, like 9080 or 10.0.0.1:9080; 0 is any port';
export const WEB_URL_EXPECTED = 'a URL like http://s01.example.com:8080, without user, query and fragment';
export const NATS_URL_EXPECTED = 'a NATS URL like nats://10.0.0.1:4222 or tls://nats.example.com:4222';
export const FOLDER_EXPECTED = 'an absolute path';
export const CAPACITY_EXPECTED = 'a number above 0, at most 1000';
export const SEGMENT_EXPECTED = 'a duration from 500ms to 20s';
export const WINDOW_EXPECTED = 'a number of segments from 3 to 60';

const MAX_URL_LENGTH = 2048;
const MAX_PATH_LENGTH = 1024;

export function parsePort(text: string): number | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined;
  return Number(text) <= 65_535 ? Number(text) : undefined;
}

export function parseListen(text: string): Listen | undefined {
  return parseAddressPort(text, parsePort);
}

export function parseBeats(text: string): Listen | undefined {
  return parseAddressPort(text, (digits) => (digits === '0' ? 0 : parsePort(digits)));
}

function parseAddressPort(text: string, portOf: typeof parsePort): Listen | undefined {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d+)$/.exec(text) ?? [];
  const port = portOf(digits);
  if (port === undefined) return undefined;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { address: bracketed, port } : undefined;
  if (plain === undefined) return { port };
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(plain) ? { address: plain, port } : undefined;
}

export function printListen({ address, port }: Listen): string {
  if (address === undefined) return String(port);
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Without the slash at the end, as paths are put behind it. */
export function parseWebUrl(text: string): string | undefined {
  if (text.length > MAX_URL_LENGTH || !/^https?:\/\/[^\s/?#@\\"<>\p{C}]+(?:\/[^\s?#@\\"<>\p{C}]*)?$/u.test(text))
    return undefined;
  return URL.canParse(text) ? text.replace(/\/+$/, '') : undefined;
}

export function parseNatsUrl(text: string): string | undefined {
  if (text.length > MAX_URL_LENGTH || !/^(?:nats|tls):\/\/[^\s/?#\p{C}]+\/?$/u.test(text) || !URL.canParse(text)) {
    return undefined;
  }
  return text;
}

export function parseFolder(text: string): string | undefined {
  return /^\/[^\p{Cc}]*$/u.test(text) && text.length <= MAX_PATH_LENGTH ? text : undefined;
}

export function parseCapacity(text: string): number | undefined {
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(text)) return undefined;
  return Number(text) > 0 && Number(text) <= 1000 ? Number(text) : undefined;
}

export const STREAM_METRICS_EXPECTED = 'a number of streams from 0 to 50000';

export function parseStreamMetrics(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 50_000 ? Number(text) : undefined;
}

export function parseSegmentMs(text: string): number | undefined {
  const ms = parseDurationMs(text);
  return ms !== undefined && ms >= 500 && ms <= 20_000 ? ms : undefined;
}

export function parseWindow(text: string): number | undefined {
  return /^\d{1,2}$/.test(text) && Number(text) >= 3 && Number(text) <= 60 ? Number(text) : undefined;
}
