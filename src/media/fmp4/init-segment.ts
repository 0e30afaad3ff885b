import { box, fullBox, u16, u32 } from './boxes.ts';
import { type AudioTrack, audioConfiguration, type VideoTrack, videoConfiguration } from './codec-configuration.ts';

/** What fragments hold. */
export interface Tracks {
  readonly video?: VideoTrack | undefined;
  readonly audio?: AudioTrack | undefined;
}

export const VIDEO_ID = 1;
export const AUDIO_ID = 2;
/** Of the picture: that of the timestamps in a transport stream. The sound has its own rate. */
export const VIDEO_SCALE = 90_000;
const MOVIE_SCALE = 1000;
const FULL_VOLUME = 0x0100;
const ONE = 0x0001_0000;
const MATRIX = u32(ONE, 0, 0, 0, ONE, 0, 0, 0, 0x4000_0000);
const UNDETERMINED = 0x55c4;
const SQUARE_PPI = 0x0048_0000;
const MAX_16_BITS = 0xffff;

/** What a player needs before the first fragment: it depends on nothing but the tracks, so equal tracks give equal bytes. */
export function initSegment({ video, audio }: Tracks): Buffer {
  const traks = [...(video ? [videoTrak(video)] : []), ...(audio ? [audioTrak(audio)] : [])];
  const ids = [...(video ? [VIDEO_ID] : []), ...(audio ? [AUDIO_ID] : [])];
  const rates = [u32(0, 0, MOVIE_SCALE, 0, ONE), u16(FULL_VOLUME, 0), unused(2), MATRIX];
  const head = fullBox('mvhd', 0, 0, ...rates, unused(6), u32(AUDIO_ID + 1));
  const defaults = ids.map((id) => fullBox('trex', 0, 0, u32(id, 1, 0, 0, 0)));
  return Buffer.concat([
    box('ftyp', Buffer.from('iso6\0\0\0\0iso6mp41', 'latin1')),
    box('moov', head, ...traks, box('mvex', ...defaults)),
  ]);
}

function unused(words: number): Buffer {
  return Buffer.alloc(4 * words);
}

function videoTrak(track: VideoTrack): Buffer {
  const { size, dots } = track.parameters;
  const entry = box(
    track.name === 'HEVC' ? 'hvc1' : 'avc1',
    ...[Buffer.alloc(6), u16(1), unused(4), u16(dots.width, dots.height), u32(SQUARE_PPI, SQUARE_PPI, 0)],
    ...[u16(1), Buffer.alloc(32), u16(0x0018, MAX_16_BITS), videoConfiguration(track)],
    // The shape of a dot: how wide what is shown is, by how wide it is coded.
    ...(size.width === dots.width ? [] : [box('pasp', u32(size.width * dots.height, dots.width * size.height))]),
  );
  return trak({
    ...{ id: VIDEO_ID, scale: VIDEO_SCALE, handler: 'vide', entry, volume: 0 },
    ...{ size: [size.width * ONE, size.height * ONE], kind: fullBox('vmhd', 0, 1, unused(2)) },
  });
}

function audioTrak(track: AudioTrack): Buffer {
  const { rate, channels } = track;
  const toldRate = rate > MAX_16_BITS ? 0 : rate * ONE;
  const entry = box(
    'mp4a',
    ...[Buffer.alloc(6), u16(1), unused(2), u16(channels, 16, 0, 0), u32(toldRate), audioConfiguration(track)],
  );
  return trak({
    ...{ id: AUDIO_ID, scale: rate, handler: 'soun', entry, volume: FULL_VOLUME },
    ...{ size: [0, 0], kind: fullBox('smhd', 0, 0, unused(1)) },
  });
}

interface TrakParts {
  readonly id: number;
  readonly scale: number;
  readonly handler: 'vide' | 'soun';
  readonly volume: number;
  readonly size: readonly number[];
  readonly kind: Buffer;
  readonly entry: Buffer;
}

function trak({ id, scale, handler, volume, size, kind, entry }: TrakParts): Buffer {
  const isOn = 3;
  const head = fullBox('tkhd', 0, isOn, u32(0, 0, id, 0, 0), unused(2), u16(0, 0, volume, 0), MATRIX, u32(...size));
  const name = Buffer.from(handler === 'vide' ? 'picture\0' : 'sound\0', 'latin1');
  const place = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
  const noSamples = [
    fullBox('stsd', 0, 0, u32(1), entry),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  ];
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, u32(0, 0, scale, 0), u16(UNDETERMINED, 0)),
    fullBox('hdlr', 0, 0, u32(0), Buffer.from(handler, 'latin1'), unused(3), name),
    box('minf', kind, place, box('stbl', ...noSamples)),
  );
  return box('trak', head, media);
}
