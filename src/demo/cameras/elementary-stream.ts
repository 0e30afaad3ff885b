/** Cutting what encoders write, H.264 in Annex B and AAC in ADTS, into the units that RTP carries. */

/** The NAL units of one picture, without start codes. */
export interface AccessUnit {
  readonly key: boolean;
  readonly nals: readonly Buffer[];
}

const NAL_SLICE = 1;
export const NAL_IDR = 5;
const NAL_SEI = 6;
export const NAL_SPS = 7;
export const NAL_PPS = 8;
const NAL_DELIMITER = 9;

export function nalType(nal: Buffer): number {
  return (nal[0] ?? 0) & 0x1f;
}

/** Whether it is a part of the picture itself. */
export function isSlice(nal: Buffer): boolean {
  return nalType(nal) >= NAL_SLICE && nalType(nal) <= NAL_IDR;
}

/** The pictures of an Annex B stream in which an access unit delimiter precedes each (x264's `aud=1`). Delimiters and SEI
 * (x264's banner) are left out: RTP marks the end of a picture itself, and no decoder here needs them. */
export function accessUnits(annexB: Buffer): AccessUnit[] {
  const units: Buffer[][] = [];
  for (const nal of nalUnits(annexB)) {
    const type = nalType(nal);
    if (type === NAL_DELIMITER) units.push([]);
    else if (type !== NAL_SEI) units.at(-1)?.push(nal);
  }
  return units
    .filter((nals) => nals.length > 0)
    .map((nals) => ({ nals, key: nals.some((nal) => nalType(nal) === NAL_IDR) }));
}

function nalUnits(annexB: Buffer): Buffer[] {
  const nals: Buffer[] = [];
  let start = nextNal(annexB, 0);
  while (start < annexB.length) {
    const next = nextNal(annexB, start);
    let end = next < annexB.length ? next - 3 : annexB.length;
    // A four-byte start code, or trailing zeros: neither belongs to the unit, which always ends with a set bit.
    while (end > start && annexB[end - 1] === 0) end -= 1;
    nals.push(annexB.subarray(start, end));
    start = next;
  }
  return nals;
}

const START_CODE = Buffer.from([0, 0, 1]);

function nextNal(annexB: Buffer, from: number): number {
  const at = annexB.indexOf(START_CODE, from);
  return at === -1 ? annexB.length : at + START_CODE.length;
}

export interface AacStream {
  readonly sampleRate: number;
  readonly channels: number;
  /** AudioSpecificConfig, as the SDP names it. */
  readonly config: Buffer;
  readonly frames: readonly Buffer[];
}

export const AAC_SAMPLES_PER_FRAME = 1024;
const SAMPLE_RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000];

/** @throws Error when the bytes are not ADTS. */
export function aacStream(adts: Buffer): AacStream {
  const profile = ((adts[2] ?? 0) >> 6) + 1;
  const rateIndex = ((adts[2] ?? 0) >> 2) & 0xf;
  const channels = (((adts[2] ?? 0) & 1) << 2) | ((adts[3] ?? 0) >> 6);
  const sampleRate = SAMPLE_RATES[rateIndex];
  const frames: Buffer[] = [];
  for (let at = 0; at + 7 <= adts.length; ) {
    const head = adts.subarray(at, at + 7);
    if (head.readUInt16BE(0) >> 4 !== 0xfff) throw new Error(`no ADTS frame at byte ${at}`);
    const frameBytes = (head.readUIntBE(3, 3) >> 5) & 0x1fff;
    const headBytes = head.readUInt8(1) & 1 ? 7 : 9;
    if (frameBytes <= headBytes) throw new Error(`an ADTS frame of ${frameBytes} bytes at byte ${at}`);
    frames.push(adts.subarray(at + headBytes, at + frameBytes));
    at += frameBytes;
  }
  if (sampleRate === undefined || frames.length === 0) throw new Error('no AAC in the clip');
  const config = Buffer.alloc(2);
  config.writeUInt16BE((profile << 11) | (rateIndex << 7) | (channels << 3));
  return { sampleRate, channels, config, frames };
}
