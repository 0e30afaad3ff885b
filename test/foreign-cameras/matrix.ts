/** What cameras differ in, and the combinations that are tried. */
export const CODECS = ['h264-baseline', 'h264-high', 'h264-high-b', 'h265', 'h265-b', 'h265-b-no-rate'] as const;
export const SOUNDS = ['none', 'aac', 'mulaw', 'alaw', 'opus'] as const;
export const KEY_FRAME_SECONDS = [1, 4, 10] as const;
export const TIMES = ['even', 'wrap', 'jump-on', 'jump-back', 'stall'] as const;
export const AUTHS = ['none', 'basic', 'digest'] as const;

export interface CameraTraits {
  readonly codec: (typeof CODECS)[number];
  readonly sound: (typeof SOUNDS)[number];
  readonly keyFrameSeconds: (typeof KEY_FRAME_SECONDS)[number];
  readonly times: (typeof TIMES)[number];
  readonly auth: (typeof AUTHS)[number];
}

/** As the GStreamer script wants it. */
export interface CameraKind extends CameraTraits {
  readonly name: string;
  readonly launch: string;
  readonly afterS?: number;
  readonly jumpS?: number;
  readonly stallS?: number;
}

const FPS = 12;
const PICTURE = `videotestsrc is-live=true pattern=smpte horizontal-speed=2 ! video/x-raw,format=I420,width=160,height=120,framerate=${FPS}/1`;
/** RTP timestamps are 32 bits at 90 kHz: this is 6 s below the wrap. */
const NEARLY_WRAPPED = 2 ** 32 - 6 * 90_000;
const FAULT_AFTER_S = 6;
const JUMP_S = 600;
const STALL_S = 4;

const ENCODERS: Record<CameraTraits['codec'], (gop: number) => string> = {
  'h264-baseline': (gop) => `${x264(gop)} tune=zerolatency bframes=0 ! video/x-h264,profile=constrained-baseline`,
  'h264-high': (gop) => `${x264(gop)} tune=zerolatency bframes=0 dct8x8=true ! video/x-h264,profile=high`,
  'h264-high-b': (gop) => `${x264(gop)} bframes=3 b-adapt=false ! video/x-h264,profile=high`,
  h265: (gop) => x265(gop, 'bframes=0'),
  'h265-b': (gop) => x265(gop, 'bframes=3:b-adapt=0'),
  'h265-b-no-rate': (gop) => x265(gop, 'bframes=3:b-adapt=0:no-vui-timing-info=1'),
};

function x264(gop: number): string {
  return `x264enc speed-preset=veryfast rc-lookahead=0 bitrate=128 key-int-max=${gop}`;
}

function x265(gop: number, options: string): string {
  const quick = 'rc-lookahead=5:frame-threads=1:pools=1:log-level=none';
  return `x265enc speed-preset=ultrafast bitrate=128 key-int-max=${gop} option-string="${options}:${quick}"`;
}

const TONE = 'audiotestsrc is-live=true wave=ticks';
const TELEPHONE = 'audio/x-raw,rate=8000,channels=1';
const SOUND_SOURCES: Record<CameraTraits['sound'], string> = {
  none: '',
  aac: `${TONE} ! audio/x-raw,rate=48000,channels=2 ! avenc_aac ! rtpmp4gpay name=pay1 pt=97`,
  mulaw: `${TONE} ! ${TELEPHONE} ! mulawenc ! rtppcmupay name=pay1`,
  alaw: `${TONE} ! ${TELEPHONE} ! alawenc ! rtppcmapay name=pay1`,
  opus: `${TONE} ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay name=pay1 pt=97`,
};

const FAULTS: Record<CameraTraits['times'], Pick<CameraKind, 'afterS' | 'jumpS' | 'stallS'>> = {
  even: {},
  wrap: {},
  'jump-on': { afterS: FAULT_AFTER_S, jumpS: JUMP_S },
  'jump-back': { afterS: FAULT_AFTER_S, jumpS: -JUMP_S },
  stall: { afterS: FAULT_AFTER_S, stallS: STALL_S },
};

export function cameraKind(traits: CameraTraits): CameraKind {
  const { codec, sound, keyFrameSeconds, times, auth } = traits;
  const payloader = codec.startsWith('h264') ? 'rtph264pay' : 'rtph265pay';
  const offset = times === 'wrap' ? `timestamp-offset=${NEARLY_WRAPPED}` : '';
  const video = `${PICTURE} ! ${ENCODERS[codec](FPS * keyFrameSeconds)} ! ${payloader} name=pay0 pt=96 config-interval=-1 ${offset}`;
  return {
    ...traits,
    name: [codec, sound, `${keyFrameSeconds}s`, times, auth].join('.'),
    launch: `${video} ${SOUND_SOURCES[sound]}`,
    ...FAULTS[times],
  };
}

/** Every combination: 1,350. */
export function allKinds(): CameraKind[] {
  return CODECS.flatMap((codec) =>
    SOUNDS.flatMap((sound) =>
      KEY_FRAME_SECONDS.flatMap((keyFrameSeconds) =>
        TIMES.flatMap((times) => AUTHS.map((auth) => cameraKind({ codec, sound, keyFrameSeconds, times, auth }))),
      ),
    ),
  );
}

/** A selection of `kinds` in which every two traits that occur together in `kinds` still occur together. */
export function pairwise(kinds: readonly CameraKind[]): CameraKind[] {
  const open = new Set(kinds.flatMap(pairsOf));
  const chosen: CameraKind[] = [];
  while (open.size > 0) {
    const gain = (kind: CameraKind) => pairsOf(kind).filter((pair) => open.has(pair)).length;
    const best = kinds.reduce((one, other) => (gain(other) > gain(one) ? other : one));
    for (const pair of pairsOf(best)) open.delete(pair);
    chosen.push(best);
  }
  return chosen;
}

function pairsOf({ codec, sound, keyFrameSeconds, times, auth }: CameraKind): string[] {
  const traits = [codec, sound, `${keyFrameSeconds}s`, times, auth].map((value, index) => `${index}:${value}`);
  return traits.flatMap((one, index) => traits.slice(index + 1).map((other) => `${one} ${other}`));
}
