import type { VideoName } from './elementary-streams.ts';

const START_CODE = Buffer.from([0, 0, 1]);
/** Delimiters and filling have no meaning between frames that are kept apart. */
const [H264_LEFT_OUT, HEVC_LEFT_OUT] = [new Set([9, 12]), new Set([35, 38])];
/** The types of pieces of frames, and of those among them of which no later frame looks back past their own. */
const H264_FRAMES = { first: 1, last: 5, fresh: [5] };
const HEVC_FRAMES = { first: 0, last: 31, fresh: [19, 20] };
/** Parameter sets in the order in which they refer to each other: HEVC has one more. */
const [H264_SETS, HEVC_SETS] = [[7, 8] as const, [32, 33, 34] as const];

/** The units of a frame, without the start codes between them. */
export function unitsOf(frame: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let begin = frame.indexOf(START_CODE);
  while (begin >= 0) {
    const next = frame.indexOf(START_CODE, begin + START_CODE.length);
    const unit = withoutZeros(frame.subarray(begin + START_CODE.length, next < 0 ? frame.length : next));
    if (unit.length > 0) units.push(unit);
    begin = next;
  }
  return units;
}

/** A start code of four bytes begins with a zero that is not of the unit before it. No unit ends with one. */
function withoutZeros(unit: Buffer): Buffer {
  let end = unit.length;
  while (end > 0 && unit[end - 1] === 0) end -= 1;
  return unit.subarray(0, end);
}

export function typeOf(name: VideoName, unit: Uint8Array): number {
  const head = unit[0] ?? 0;
  return name === 'HEVC' ? (head >> 1) & 0x3f : head & 0x1f;
}

/** Whether the unit belongs into a sample of an MP4. */
export function isKept(name: VideoName, unit: Uint8Array): boolean {
  return !(name === 'HEVC' ? HEVC_LEFT_OUT : H264_LEFT_OUT).has(typeOf(name, unit));
}

/** Whether the first frame among the units, and every later one, refers to none before it. */
export function beginsAnew(name: VideoName, units: readonly Uint8Array[]): boolean {
  const { first, last, fresh } = name === 'HEVC' ? HEVC_FRAMES : H264_FRAMES;
  const type = units.map((unit) => typeOf(name, unit)).find((each) => each >= first && each <= last);
  return type !== undefined && fresh.includes(type);
}

export function setTypes(name: VideoName): readonly number[] {
  return name === 'HEVC' ? HEVC_SETS : H264_SETS;
}

/** The parameter sets of a key frame, each once, by their types; `undefined`: one of the types is missing. */
export function parameterSets(name: VideoName, frame: Buffer): ReadonlyMap<number, readonly Buffer[]> | undefined {
  const sets = new Map<number, Buffer[]>();
  for (const unit of unitsOf(frame)) {
    const type = typeOf(name, unit);
    if (!setTypes(name).includes(type)) continue;
    const known = sets.get(type) ?? [];
    if (!known.some((set) => set.equals(unit))) known.push(Buffer.from(unit));
    sets.set(type, known);
  }
  return setTypes(name).every((type) => sets.has(type)) ? sets : undefined;
}
