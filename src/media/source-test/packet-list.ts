import type { SourceFacts } from '../../domain/definition/source-test.ts';
import { LineReader } from '../ffmpeg/line-reader.ts';

/** Of one stream of a source. */
interface Track {
  secondsPerTick: number;
  kind: string;
  codec: string;
  width?: number;
  height?: number;
  sampleRate?: number;
  channels?: string;
  packets: number;
  firstTick?: number;
  lastTick: number;
  keyTick?: number;
  longestKeyTicks: number;
}

/** `#codec_id 0: h264` */
const FACT = /^#(\w+) (\d+): (\S+)/;
/** Stream, decoding time, presentation time, duration, size, checksum, and flags if it is anything but an ordinary key frame. */
const PACKET = /^(\d+), +(-?\d+), +(-?\d+), +\d+, +\d+, +0x[\da-f]+(?:, F=0x([\da-f]+))?/i;
const KEY_FLAG = 1;
/** A source has one picture and one sound here. */
const MAX_TRACKS = 8;

/** Reads what ffmpeg's muxer `framecrc` writes of each packet: what a source sends, without decoding any of it. */
export class PacketList {
  readonly #lines = new LineReader();
  readonly #tracks = new Map<string, Track>();
  #packets = 0;

  get packets(): number {
    return this.#packets;
  }

  push(chunk: Uint8Array): void {
    for (const line of this.#lines.push(chunk)) this.#take(line);
  }

  facts(): SourceFacts {
    const tracks = [...this.#tracks.values()].filter(({ packets }) => packets > 0);
    const video = tracks.find(({ kind }) => kind === 'video');
    const sound = tracks.find(({ kind }) => kind === 'audio');
    return {
      seenS: rounded(Math.max(0, ...tracks.map(secondsOf))),
      ...(video !== undefined && { video: pictureOf(video) }),
      ...(sound !== undefined && { sound: soundOf(sound) }),
    };
  }

  #take(line: string): void {
    const [, word, of, value] = FACT.exec(line) ?? [];
    if (word !== undefined && of !== undefined && value !== undefined) {
      const track = this.#track(of);
      if (track !== undefined) learn(track, word, value);
      return;
    }
    const [, stream, decoded, shown, flags] = PACKET.exec(line) ?? [];
    const track = stream === undefined ? undefined : this.#tracks.get(stream);
    if (track === undefined) return;
    this.#packets += 1;
    const isKey = flags === undefined || (Number.parseInt(flags, 16) & KEY_FLAG) !== 0;
    count(track, Number(decoded), isKey ? Number(shown) : undefined);
  }

  #track(of: string): Track | undefined {
    const known = this.#tracks.get(of);
    if (known !== undefined || this.#tracks.size >= MAX_TRACKS) return known;
    const track = { secondsPerTick: 0, kind: '', codec: 'unknown', packets: 0, lastTick: 0, longestKeyTicks: 0 };
    this.#tracks.set(of, track);
    return track;
  }
}

function learn(track: Track, word: string, value: string): void {
  const [first = 0, second = 0] = value.split(/[/x]/).map(Number);
  if (word === 'tb') track.secondsPerTick = second > 0 ? first / second : 0;
  else if (word === 'media_type') track.kind = value;
  else if (word === 'codec_id') track.codec = value;
  else if (word === 'sample_rate' && first > 0) track.sampleRate = first;
  else if (word === 'channel_layout_name') track.channels = value;
  else if (word === 'dimensions' && first > 0 && second > 0) {
    track.width = first;
    track.height = second;
  }
}

/** `keyTick`: when a key frame is shown. */
function count(track: Track, tick: number, keyTick: number | undefined): void {
  track.packets += 1;
  track.firstTick ??= tick;
  track.lastTick = Math.max(track.lastTick, tick);
  if (keyTick === undefined) return;
  if (track.keyTick !== undefined) track.longestKeyTicks = Math.max(track.longestKeyTicks, keyTick - track.keyTick);
  track.keyTick = keyTick;
}

function secondsOf({ firstTick = 0, lastTick, secondsPerTick }: Track): number {
  return (lastTick - firstTick) * secondsPerTick;
}

function pictureOf(track: Track): NonNullable<SourceFacts['video']> {
  const { codec, width, height, packets, longestKeyTicks, secondsPerTick } = track;
  const seconds = secondsOf(track);
  const keyFrameS = rounded(longestKeyTicks * secondsPerTick);
  return {
    codec,
    ...(width !== undefined && height !== undefined && { width, height }),
    ...(seconds > 0 && { fps: rounded((packets - 1) / seconds) }),
    ...(keyFrameS > 0 && { keyFrameS }),
  };
}

function soundOf({ codec, sampleRate, channels }: Track): NonNullable<SourceFacts['sound']> {
  return { codec, ...(sampleRate !== undefined && { sampleRate }), ...(channels !== undefined && { channels }) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
