import type { VideoName } from './elementary-streams.ts';
import { frameRateOf } from './frame-rate.ts';
import { ticksOf } from './media-packets.ts';
import { beginsAnew, typeOf, unitsOf } from './nal-units.ts';
import { h264Parameters, hevcParameters, type PictureParameters, type PictureSize } from './picture-parameters.ts';
import { ProgramTables } from './program-tables.ts';
import { packetOf, TS_PACKET_BYTES } from './transport-packet.ts';

/** What a piece of an MPEG transport stream holds, from its tables and its first frames. */
export interface StreamFormat {
  readonly video: string | undefined;
  readonly audio: string | undefined;
  /** Different for whatever a player must be prepared for anew: codecs, and their parameters. */
  readonly key: string;
  readonly attributes: MediaAttributes;
}

/** For the multivariant playlist. What is not known for sure is absent: a player refuses a stream that is not as its playlist says. */
export interface MediaAttributes {
  /** CODECS: all of them, or absent. */
  readonly codecs?: string;
  /** RESOLUTION */
  readonly size?: PictureSize;
  /** FRAME-RATE */
  readonly frameRate?: number;
  /** EXT-X-INDEPENDENT-SEGMENTS: no frame refers to one of an earlier segment. */
  readonly isIndependent?: true;
}

/** Enough for the tables, the parameter sets and the first frame of sound, which ffmpeg writes at most some frames later. */
export const FORMAT_BYTES = 256 * 1024;
const VIDEO: Readonly<Record<number, string>> = { 1: 'MPEG-1', 2: 'MPEG-2', 16: 'MPEG-4', 27: 'H.264', 36: 'HEVC' };
const AUDIO: Readonly<Record<number, string>> = {
  3: 'MPEG',
  4: 'MPEG',
  15: 'AAC',
  17: 'AAC-LATM',
  129: 'AC-3',
  135: 'E-AC-3',
};
const H264_SPS = 7;
const HEVC_SPS = 33;
/** Of the first packets of each elementary stream. */
const MAX_ELEMENTARY_BYTES = 64 * 1024;

/** @param segment its beginning is enough. `undefined`: there are no tables in it. */
export function formatOf(segment: Uint8Array): StreamFormat | undefined {
  const reading = new FormatReading();
  for (let at = 0; at + TS_PACKET_BYTES <= segment.length; at += TS_PACKET_BYTES) {
    reading.packet(segment.subarray(at, at + TS_PACKET_BYTES));
  }
  return reading.result();
}

interface Elementary {
  readonly name: string;
  readonly pid: number;
  readonly chunks: Uint8Array[];
  bytes: number;
  /** When its frames are shown. */
  readonly ticks: number[];
}

class FormatReading {
  readonly #tables = new ProgramTables();
  #hasTables = false;
  #video: Elementary | undefined;
  #audio: Elementary | undefined;
  /** More than one picture and one sound. */
  #hasOthers = false;

  packet(bytes: Uint8Array): void {
    const packet = packetOf(bytes);
    if (packet === undefined || packet.payload.length === 0) return;
    const { pid, begins, payload } = packet;
    if (this.#tables.take(packet)) {
      if (!this.#hasTables) this.#choose();
      return;
    }
    const stream = [this.#video, this.#audio].find((one) => one?.pid === pid);
    if (stream === undefined) return;
    const ticks = begins ? ticksOf(payload) : undefined;
    if (ticks !== undefined) stream.ticks.push(ticks);
    if (stream.bytes >= MAX_ELEMENTARY_BYTES) return;
    if (begins || stream.chunks.length > 0) {
      stream.chunks.push(begins ? withoutHeader(payload) : payload);
      stream.bytes += payload.length;
    }
  }

  result(): StreamFormat | undefined {
    if (!this.#hasTables) return undefined;
    const [video, audio] = [this.#video?.name, this.#audio?.name];
    const frames = this.#video && framesOf(this.#video);
    const sps = frames && spsOf(frames);
    const adts = this.#audio && adtsOf(this.#audio);
    const key = [video, sps?.toString('hex'), audio, adts].map((part) => part ?? '-').join(' ');
    return { video, audio, key, attributes: this.#attributes(frames, sps) };
  }

  #attributes(frames: Frames | undefined, sps: Uint8Array | undefined): MediaAttributes {
    const picture = frames && sps && pictureOf(frames.name, sps);
    const sound = this.#audio && soundCodecOf(this.#audio);
    const codecs = [this.#video && picture?.codec, sound];
    const isKnown = !this.#hasOthers && (this.#video === undefined) === (picture === undefined);
    const isHeard = (this.#audio === undefined) === (sound === undefined);
    const named = codecs.filter((codec) => codec !== undefined);
    const isSoundAlone = this.#audio !== undefined && this.#video === undefined;
    const frameRate = picture?.isInterlaced === false ? frameRateOf(this.#video?.ticks ?? []) : undefined;
    return {
      ...(isKnown && isHeard && named.length > 0 && { codecs: named.join(',') }),
      ...(picture && { size: picture.size }),
      ...(frameRate !== undefined && { frameRate }),
      ...((frames ? beginsAnew(frames.name, frames.units) : isSoundAlone) && { isIndependent: true }),
    };
  }

  #choose(): void {
    const { streams } = this.#tables;
    this.#hasTables = streams !== undefined;
    for (const { type, pid } of streams ?? []) {
      const stream = { pid, chunks: [], bytes: 0, ticks: [] };
      const [picture, sound] = [VIDEO[type], AUDIO[type]];
      if (picture !== undefined && this.#video === undefined) this.#video = { name: picture, ...stream };
      else if (sound !== undefined && this.#audio === undefined) this.#audio = { name: sound, ...stream };
      else this.#hasOthers = true;
    }
  }
}

/** What follows the header of a packetized elementary stream. */
function withoutHeader(payload: Uint8Array): Uint8Array {
  return payload.subarray(Math.min(payload.length, 9 + (payload[8] ?? 0)));
}

interface Frames {
  readonly name: VideoName;
  readonly units: readonly Buffer[];
}

/** `undefined`: they are coded in another way. */
function framesOf({ name, chunks }: Elementary): Frames | undefined {
  return name === 'H.264' || name === 'HEVC' ? { name, units: unitsOf(Buffer.concat(chunks)) } : undefined;
}

/** The first sequence parameter set, which names size, profile and more of the picture. The last unit may be cut. */
function spsOf({ name, units }: Frames): Buffer | undefined {
  const wanted = name === 'HEVC' ? HEVC_SPS : H264_SPS;
  return units.slice(0, -1).find((unit) => typeOf(name, unit) === wanted);
}

function pictureOf(name: VideoName, sps: Uint8Array): PictureParameters | undefined {
  return name === 'HEVC' ? hevcParameters(sps) : h264Parameters(sps);
}

/**
 * Only of sound that every player knows. A player that does not know AC-3 plays the picture alone, but if AC-3 is named in
 * CODECS it refuses the whole stream.
 */
function soundCodecOf({ name, chunks }: Elementary): string | undefined {
  const [first, second = 0, third = 0] = chunks[0] ?? [];
  if (first !== 0xff) return undefined;
  if (name === 'AAC' && (second & 0xf6) === 0xf0) return `mp4a.40.${(third >> 6) + 1}`;
  // MP3 is layer III of MPEG-1 or MPEG-2.
  return name === 'MPEG' && (second & 0xe6) === 0xe2 ? 'mp4a.40.34' : undefined;
}

/** Profile, sampling rate and channels of AAC. */
function adtsOf({ name, chunks }: Elementary): string | undefined {
  const [first, second, third, fourth] = chunks[0] ?? [];
  if (name !== 'AAC' || first !== 0xff || third === undefined || ((second ?? 0) & 0xf0) !== 0xf0) return undefined;
  return `${third >> 6}.${(third >> 2) & 0xf}.${((third & 1) << 2) | ((fourth ?? 0) >> 6)}`;
}
