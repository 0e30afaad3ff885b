import { box, fullBox, HEAD_BYTES, u32, u64 } from './boxes.ts';
import type { Sample, TrackSamples } from './samples.ts';

export interface FragmentTrack extends TrackSamples {
  readonly id: number;
}

/** Lengths count from the beginning of the fragment. */
const FROM_HERE = 0x02_0000;
/** What is said of each sample: place of the first, then duration, length, flags and delay of each. */
const SAID = 0x1 | 0x100 | 0x200 | 0x400 | 0x800;
/** Of a sample that needs no other one, and of one that does. */
const [KEY, NO_KEY] = [0x0200_0000, 0x0101_0000];
const SIGNED_DELAYS = 1;
const MAX_32_BITS = 2 ** 32 - 1;

/** One fragment: a `moof` that says what comes when, and a `mdat` with the frames, those of each track together. */
export function fragment(number: number, tracks: readonly FragmentTrack[]): Buffer {
  const lengths = tracks.map(({ samples }) => samples.reduce((sum, sample) => sum + lengthOf(sample), 0));
  const headBytes = moof(
    number,
    tracks,
    tracks.map(() => 0),
  ).length;
  let at = headBytes + HEAD_BYTES;
  const places = lengths.map((length) => {
    at += length;
    return at - length;
  });
  const mdat = Buffer.concat([u32(at - headBytes), Buffer.from('mdat', 'latin1')]);
  const frames = tracks.flatMap(({ samples }) => samples.flatMap(({ pieces }) => pieces));
  return Buffer.concat([moof(number, tracks, places), mdat, ...frames], at);
}

function moof(number: number, tracks: readonly FragmentTrack[], places: readonly number[]): Buffer {
  const head = fullBox('mfhd', 0, 0, u32(number % (MAX_32_BITS + 1)));
  return box('moof', head, ...tracks.map((track, index) => traf(track, places[index] ?? 0)));
}

function traf({ id, time, samples }: FragmentTrack, place: number): Buffer {
  const said = samples.map((sample) => {
    const { duration, delay, isKey } = sample;
    return u32(Math.min(duration, MAX_32_BITS), lengthOf(sample), isKey ? KEY : NO_KEY, delay >>> 0);
  });
  return box(
    'traf',
    fullBox('tfhd', 0, FROM_HERE, u32(id)),
    fullBox('tfdt', 1, 0, u64(time)),
    fullBox('trun', SIGNED_DELAYS, SAID, u32(samples.length, place), ...said),
  );
}

function lengthOf({ pieces }: Sample): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
