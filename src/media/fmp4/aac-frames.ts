import type { StreamPacket } from '../format/elementary-streams.ts';
import type { AudioTrack } from './codec-configuration.ts';

/** A frame of AAC without its head. */
export interface AacFrame {
  /** When it is heard, by a clock of 90 kHz, if a packet begins with it. Others follow the one before. */
  readonly ticks: number | undefined;
  readonly data: Buffer;
}

/** Of each frame (ISO 13818-7). */
export const AAC_SAMPLES = 1024;
const RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350];
const HEAD_BYTES = 7;
const CHECK_BYTES = 2;

interface FrameHead {
  readonly track: AudioTrack;
  readonly headBytes: number;
  /** Of the frame, with its head. */
  readonly bytes: number;
}

/** What the first whole head says; `undefined`: there is none, or it is of a kind that an MP4 cannot describe. */
export function audioTrack(packets: readonly StreamPacket[]): AudioTrack | undefined {
  for (const { data } of packets) {
    const head = headAt(data, 0);
    if (head !== undefined) return head.track;
  }
  return undefined;
}

export function aacFrames(packets: readonly StreamPacket[]): AacFrame[] {
  const frames: AacFrame[] = [];
  let rest: Buffer = Buffer.alloc(0);
  for (const { shownTicks, data } of packets) {
    const all = rest.length === 0 ? data : Buffer.concat([rest, data]);
    // The time of a packet is that of the first frame that begins in it.
    let ticks: number | undefined = rest.length === 0 ? shownTicks : undefined;
    let at = 0;
    for (let head = headAt(all, at); head !== undefined && at + head.bytes <= all.length; head = headAt(all, at)) {
      frames.push({ ticks, data: all.subarray(at + head.headBytes, at + head.bytes) });
      ticks = at < rest.length && at + head.bytes >= rest.length ? shownTicks : undefined;
      at += head.bytes;
    }
    rest = headAt(all, at) === undefined ? Buffer.alloc(0) : all.subarray(at);
  }
  return frames;
}

function headAt(bytes: Buffer, at: number): FrameHead | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = bytes.subarray(at, at + HEAD_BYTES);
  if (a !== 0xff || (b & 0xf6) !== 0xf0) return undefined;
  const [profile, rateIndex, channels] = [(c >> 6) + 1, (c >> 2) & 0xf, ((c & 1) << 2) | (d >> 6)];
  const rate = RATES[rateIndex];
  const headBytes = HEAD_BYTES + ((b & 1) === 0 ? CHECK_BYTES : 0);
  const frameBytes = ((d & 3) << 11) | (e << 3) | (f >> 5);
  // Channels that are described in the frames, and several blocks in one frame, are used by no encoder of today.
  if (rate === undefined || channels === 0 || (g & 3) !== 0 || frameBytes <= headBytes) return undefined;
  const config = Buffer.from([(profile << 3) | (rateIndex >> 1), ((rateIndex & 1) << 7) | (channels << 3)]);
  return { track: { codec: `mp4a.40.${profile}`, rate, channels, config }, headBytes, bytes: frameBytes };
}
