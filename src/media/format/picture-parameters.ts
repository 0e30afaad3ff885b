import { BitReader } from './bit-reader.ts';

/** What a sequence parameter set says of the picture. */
export interface PictureParameters {
  /** As CODECS of a playlist names it (RFC 6381). */
  readonly codec: string;
  /** As it is shown: cropped, and with square dots. */
  readonly size: PictureSize;
  /** As it is coded, and cropped. */
  readonly dots: PictureSize;
  readonly colours: ColourParameters;
  /** A frame may be sent as two fields: what is sent does not tell how many frames there are. */
  readonly isInterlaced: boolean;
}

export interface ColourParameters {
  /** How many of the dots have a colour of their own, by its number in the standards. */
  readonly format: number;
  readonly lumaBits: number;
  readonly chromaBits: number;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Larger than any picture of today: what says so is no parameter set. */
const MAX_SIDE = 16_384;

/** @param unit a sequence parameter set of H.264, with its head. `undefined`: it is none, or is damaged. */
export function h264Parameters(unit: Uint8Array): PictureParameters | undefined {
  return understood(() => readH264(unit));
}

/** The same for HEVC. */
export function hevcParameters(unit: Uint8Array): PictureParameters | undefined {
  return understood(() => readHevc(unit));
}

function understood(read: () => PictureParameters): PictureParameters | undefined {
  try {
    const parameters = read();
    const { width, height } = parameters.size;
    return isSide(width) && isSide(height) ? parameters : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isSide(dots: number): boolean {
  return dots >= 1 && dots <= MAX_SIDE;
}

/** Those profiles of H.264 that say how colours and depths are coded; the others have 8 bits and a quarter of the colours. */
const PROFILES_WITH_CHROMA = new Set([44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244]);
/** Width by height of a dot, by its number in the standard (the same in H.264 and HEVC). */
const DOT_SHAPES: readonly (readonly [number, number])[] = [
  ...([
    [1, 1],
    [1, 1],
    [12, 11],
    [10, 11],
    [16, 11],
    [40, 33],
    [24, 11],
    [20, 11],
    [32, 11],
  ] as const),
  ...([
    [80, 33],
    [18, 11],
    [15, 11],
    [64, 33],
    [160, 99],
    [4, 3],
    [3, 2],
    [2, 1],
  ] as const),
];
const SHAPE_IS_WRITTEN = 255;
const MACROBLOCK = 16;
const LEAST_BITS = 8;
const PLANAR_444 = 3;

function readH264(unit: Uint8Array): PictureParameters {
  const [, profile = 0, constraints = 0, level = 0] = unit;
  const reader = new BitReader(unit.subarray(4));
  reader.number();
  let colours: ColourParameters = { format: 1, lumaBits: LEAST_BITS, chromaBits: LEAST_BITS };
  let isSeparate = false;
  if (PROFILES_WITH_CHROMA.has(profile)) {
    const format = reader.number();
    if (format === PLANAR_444) isSeparate = reader.flag();
    colours = { format, ...depths(reader) };
    reader.skip(1);
    if (reader.flag()) skipScalingLists(reader, format);
  }
  reader.number();
  skipOrderOfPictures(reader);
  reader.number();
  reader.skip(1);
  const codedWidth = (reader.number() + 1) * MACROBLOCK;
  const mapUnits = reader.number() + 1;
  const isInterlaced = !reader.flag();
  if (isInterlaced) reader.skip(1);
  reader.skip(1);
  const fields = isInterlaced ? 2 : 1;
  const coded = { width: codedWidth, height: mapUnits * MACROBLOCK * fields };
  const [across, down] = isSeparate ? [1, 1] : unitsOf(colours.format);
  const dots = cropped(reader, coded, [across, down * fields]);
  const codec = `avc1.${[profile, constraints, level].map(hexByte).join('')}`;
  return { codec, size: reader.flag() ? withSquareDots(reader, dots) : dots, dots, colours, isInterlaced };
}

function depths(reader: BitReader): Pick<ColourParameters, 'lumaBits' | 'chromaBits'> {
  return { lumaBits: LEAST_BITS + reader.number(), chromaBits: LEAST_BITS + reader.number() };
}

function skipScalingLists(reader: BitReader, chroma: number): void {
  const lists = chroma === PLANAR_444 ? 12 : 8;
  for (let list = 0; list < lists; list += 1) {
    if (!reader.flag()) continue;
    let [last, next] = [8, 8];
    for (let index = 0; index < (list < 6 ? 16 : 64); index += 1) {
      if (next !== 0) next = (last + reader.signedNumber() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

function skipOrderOfPictures(reader: BitReader): void {
  const kind = reader.number();
  if (kind === 0) reader.number();
  if (kind !== 1) return;
  reader.skip(1);
  reader.signedNumber();
  reader.signedNumber();
  const count = reader.number();
  for (let index = 0; index < count; index += 1) reader.signedNumber();
}

/** Dots that one unit of cropping takes, across and down. */
function unitsOf(chroma: number): readonly [number, number] {
  if (chroma === 1) return [2, 2];
  return chroma === 2 ? [2, 1] : [1, 1];
}

function cropped(reader: BitReader, { width, height }: PictureSize, [across, down]: readonly [number, number]) {
  if (!reader.flag()) return { width, height };
  const [left, right, top, bottom] = [reader.number(), reader.number(), reader.number(), reader.number()];
  return { width: width - across * (left + right), height: height - down * (top + bottom) };
}

function withSquareDots(reader: BitReader, { width, height }: PictureSize): PictureSize {
  if (!reader.flag()) return { width, height };
  const shape = reader.bits(8);
  const [across, down] =
    shape === SHAPE_IS_WRITTEN ? [reader.bits(16), reader.bits(16)] : (DOT_SHAPES[shape] ?? [1, 1]);
  // 0 by 0 says that nothing is known.
  return across === 0 || down === 0 ? { width, height } : { width: Math.round((width * across) / down), height };
}

const HEVC_HEAD_BYTES = 2;
const PROFILE_BITS = 88;
const LEVEL_BITS = 8;
const MOST_SUB_LAYERS = 8;

function readHevc(unit: Uint8Array): PictureParameters {
  const reader = new BitReader(unit.subarray(HEVC_HEAD_BYTES));
  reader.skip(4);
  const subLayers = reader.bits(3);
  reader.skip(1);
  const profile = profileOf(reader);
  skipSubLayers(reader, subLayers);
  reader.number();
  const format = reader.number();
  const isSeparate = format === PLANAR_444 && reader.flag();
  const coded = { width: reader.number(), height: reader.number() };
  const size = cropped(reader, coded, isSeparate ? [1, 1] : unitsOf(format));
  return { ...profile, size, dots: size, colours: { format, ...depths(reader) } };
}

/** `hvc1.` and then what ISO 14496-15, annex E, names: profile, what it is compatible with, level, constraints. */
function profileOf(reader: BitReader): Pick<PictureParameters, 'codec' | 'isInterlaced'> {
  const space = ['', 'A', 'B', 'C'][reader.bits(2)] ?? '';
  const tier = reader.flag() ? 'H' : 'L';
  const profile = reader.bits(5);
  let compatible = 0;
  for (let index = 0; index < 32; index += 1) compatible += reader.bits(1) * 2 ** index;
  const constraints = Array.from({ length: 6 }, () => reader.bits(8));
  const level = reader.bits(8);
  while (constraints.at(-1) === 0) constraints.pop();
  const [flags = 0] = constraints;
  const parts = [`${space}${profile}`, hex(compatible), `${tier}${level}`, ...constraints.map(hex)];
  // The first two of these flags: progressive frames, interlaced frames. Both or none: that is not said.
  return { codec: `hvc1.${parts.join('.')}`, isInterlaced: flags >> 6 === 1 };
}

function skipSubLayers(reader: BitReader, count: number): void {
  const present = Array.from({ length: count }, () => [reader.flag(), reader.flag()] as const);
  if (count > 0) reader.skip(2 * (MOST_SUB_LAYERS - count));
  for (const [hasProfile, hasLevel] of present) {
    reader.skip((hasProfile ? PROFILE_BITS : 0) + (hasLevel ? LEVEL_BITS : 0));
  }
}

function hex(value: number): string {
  return value.toString(16).toUpperCase();
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
