import { withoutEmulationPrevention } from '../format/bit-reader.ts';
import type { VideoName } from '../format/elementary-streams.ts';
import { setTypes } from '../format/nal-units.ts';
import { h264Parameters, hevcParameters, type PictureParameters } from '../format/picture-parameters.ts';
import { box, u8, u16, u32 } from './boxes.ts';

/** A picture as the head of an MP4 describes it. */
export interface VideoTrack {
  readonly name: VideoName;
  readonly parameters: PictureParameters;
  /** What a decoder needs before the first frame, by the types of the units. */
  readonly sets: ReadonlyMap<number, readonly Buffer[]>;
}

/** Sound likewise: AAC. */
export interface AudioTrack {
  /** As CODECS of a playlist names it. */
  readonly codec: string;
  /** Samples a second. */
  readonly rate: number;
  readonly channels: number;
  /** AudioSpecificConfig (ISO 14496-3). */
  readonly config: Buffer;
}

/** Profiles of H.264 before depths could be chosen: these are not said of them. */
const H264_PLAIN_PROFILES = new Set([66, 77, 88]);
const HEVC_HEAD_BYTES = 2;
const HEVC_PROFILE_BYTES = 12;
const LEAST_BITS = 8;

/** `undefined`: the parameter sets are damaged. */
export function videoTrack(name: VideoName, sets: ReadonlyMap<number, readonly Buffer[]>): VideoTrack | undefined {
  const sps = spsOf(name, sets);
  const parameters = sps && (name === 'HEVC' ? hevcParameters(sps) : h264Parameters(sps));
  return parameters && { name, parameters, sets };
}

/** The sequence parameter set, which comes before the last kind. */
function spsOf(name: VideoName, sets: ReadonlyMap<number, readonly Buffer[]>): Buffer | undefined {
  return sets.get(setTypes(name).at(-2) ?? 0)?.[0];
}

/** `avcC` or `hvcC` (ISO 14496-15). */
export function videoConfiguration({ name, parameters, sets }: VideoTrack): Buffer {
  const sps = spsOf(name, sets) ?? Buffer.alloc(0);
  const { format, lumaBits, chromaBits } = parameters.colours;
  const depths = [0xf8 | (lumaBits - LEAST_BITS), 0xf8 | (chromaBits - LEAST_BITS)];
  if (name === 'HEVC') {
    const plain = withoutEmulationPrevention(sps);
    const [layers = 0] = plain.subarray(HEVC_HEAD_BYTES);
    const profile = plain.subarray(HEVC_HEAD_BYTES + 1, HEVC_HEAD_BYTES + 1 + HEVC_PROFILE_BYTES);
    // How many layers of frames there are in time, whether they are nested, and lengths of four bytes.
    const timing = ((((layers >> 1) & 7) + 1) << 3) | ((layers & 1) << 2) | 3;
    const lists = setTypes(name).map((type) => Buffer.concat([u8(0x80 | type), counted(sets.get(type) ?? [], u16)]));
    return box(
      'hvcC',
      ...[u8(1), profile, u16(0xf000), u8(0xfc, 0xfc | format, ...depths), u16(0), u8(timing, lists.length), ...lists],
    );
  }
  const [, profile = 0, constraints = 0, level = 0] = sps;
  const [spsType, ppsType] = setTypes(name);
  const isPlain = H264_PLAIN_PROFILES.has(profile);
  return box(
    'avcC',
    u8(1, profile, constraints, level, 0xff),
    counted(sets.get(spsType ?? 0) ?? [], (count) => u8(0xe0 | count)),
    counted(sets.get(ppsType ?? 0) ?? [], u8),
    isPlain ? u8() : u8(0xfc | format, ...depths, 0),
  );
}

function counted(sets: readonly Buffer[], countOf: (count: number) => Buffer): Buffer {
  return Buffer.concat([countOf(sets.length), ...sets.flatMap((set) => [u16(set.length), set])]);
}

const AAC_OBJECT = 0x40;
/** A stream of sound. */
const AUDIO_STREAM = 0x15;

/** `esds` (ISO 14496-1). */
export function audioConfiguration({ config }: AudioTrack): Buffer {
  const decoder = descriptor(4, u8(AAC_OBJECT, AUDIO_STREAM, 0, 0, 0), u32(0, 0), descriptor(5, config));
  return box('esds', u32(0), descriptor(3, u16(0), u8(0), decoder, descriptor(6, u8(2))));
}

/** What it holds is shorter than 128 bytes. */
function descriptor(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([u8(tag, body.length), body]);
}
