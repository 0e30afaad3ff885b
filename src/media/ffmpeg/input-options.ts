import { schemeOf } from '../../domain/definition/source-url.ts';

/**
 * How each kind of source is opened. Without these options a dead source hangs ffmpeg for ever, and a source could make
 * ffmpeg read other things than it claims to be.
 */
export interface InputOptions {
  /** The URL, with what ffmpeg wants to have in its query. */
  readonly url: string;
  /** ffmpeg's input options, without the leading dash. */
  readonly options: readonly (readonly [name: string, value: string])[];
}

/**
 * Long enough to find both streams of a camera, and much less than ffmpeg's 5 s, which delay the first segment of an MPEG-TS
 * over HTTP by even more. Video-only sources open in the whole second.
 */
const ANALYZE_US = 1_000_000;
/** ffmpeg's own default, in packets of 188 bytes: 5.4 MB. Named because a smaller one drops bursts of a multicast. */
const UDP_FIFO_PACKETS = 28_672;
const CONNECT_SHARE_OF_TIMEOUT = 0.5;

const HTTP = {
  protocols: 'http,https,tcp,tls,crypto',
  formats: 'hls,mpegts,flv,mov,aac,mp3,webvtt',
};
const RTMP = { protocols: 'rtmp,rtmps,tcp,tls,crypto', formats: 'flv,live_flv' };
const RTSP = { protocols: 'rtsp,rtsps,rtp,udp,tcp,tls', formats: 'rtsp,rtp,sdp' };
const TS_OVER = { srt: 'srt,udp', udp: 'udp', rtp: 'rtp,udp' };

/** @throws RangeError when the scheme is none that may be captured: definitions are checked before they get here. */
export function inputOptions(url: string, sourceTimeoutMs: number): InputOptions {
  const timeoutUs = String(Math.round(sourceTimeoutMs * 1000));
  const scheme = schemeOf(url);
  switch (scheme) {
    case 'rtsp':
    case 'rtsps':
      // `rw_timeout` has no effect here, and ffmpeg 5 and later know no `stimeout`.
      return allow(RTSP, url, [
        ['rtsp_transport', 'tcp'],
        ['timeout', timeoutUs],
      ]);
    case 'rtmp':
    case 'rtmps':
      // RTMP's `timeout` would make ffmpeg listen.
      return allow(RTMP, url, [['rw_timeout', timeoutUs]]);
    case 'http':
    case 'https':
      return allow(HTTP, url, [['rw_timeout', timeoutUs]]);
    case 'srt':
      return allow({ protocols: TS_OVER.srt, formats: 'mpegts' }, url, srtTimeouts(url, sourceTimeoutMs));
    case 'udp':
      return allow({ protocols: TS_OVER.udp, formats: 'mpegts' }, withQuery(url, udpQuery(timeoutUs)), []);
    case 'rtp':
      // As an option ffmpeg refuses it; in the query it holds for the first packet, and the stall deadline for the others.
      return allow({ protocols: TS_OVER.rtp, formats: 'rtp,sdp,mpegts' }, withQuery(url, [['timeout', timeoutUs]]), []);
    default:
      throw new RangeError(`cannot capture from a source of scheme "${url.slice(0, url.indexOf(':') + 1)}"`);
  }
}

function allow(
  { protocols, formats }: { readonly protocols: string; readonly formats: string },
  url: string,
  options: InputOptions['options'],
): InputOptions {
  return {
    url,
    options: [
      ['protocol_whitelist', protocols],
      ['format_whitelist', formats],
      ['analyzeduration', String(ANALYZE_US)],
      ...options,
    ],
  };
}

function srtTimeouts(url: string, sourceTimeoutMs: number): InputOptions['options'] {
  const timeoutUs = String(Math.round(sourceTimeoutMs * 1000));
  // Connecting is counted in milliseconds and everything else in microseconds.
  return /[?&]mode=listener(?:&|$)/.test(url)
    ? [
        ['listen_timeout', timeoutUs],
        ['timeout', timeoutUs],
      ]
    : [
        ['connect_timeout', String(Math.round(sourceTimeoutMs * CONNECT_SHARE_OF_TIMEOUT))],
        ['timeout', timeoutUs],
      ];
}

function udpQuery(timeoutUs: string): InputOptions['options'] {
  return [
    ['timeout', timeoutUs],
    ['fifo_size', String(UDP_FIFO_PACKETS)],
    ['overrun_nonfatal', '1'],
  ];
}

/** What the URL says already is left as its author wrote it. */
function withQuery(url: string, wanted: InputOptions['options']): string {
  return wanted.reduce((text, [name, value]) => {
    if (new RegExp(`[?&]${name}=`).test(text)) return text;
    return `${text}${text.includes('?') ? '&' : '?'}${name}=${value}`;
  }, url);
}
