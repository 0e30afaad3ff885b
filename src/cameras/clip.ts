import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { AAC_SAMPLES_PER_FRAME, aacStream, accessUnits, NAL_PPS, NAL_SPS, nalType } from './elementary-stream.ts';
import { aacPacket, h264Packets } from './rtp-packet.ts';

/** What a camera shows: a generated clip that is sent round and round, cut into RTP packets once. */
export interface Clip {
  readonly video: Track;
  readonly audio?: Track;
  /** Frames from one key frame to the next; the first frame is one. */
  readonly gop: number;
}

/** Frame `n` of a track, counted without end, is sent at `n × ticksPerFrame ÷ clockRate` seconds. Each track is a loop of its
 * own, so that timestamps stay even however the lengths of the two differ. */
export interface Track {
  readonly payloadType: number;
  readonly clockRate: number;
  readonly ticksPerFrame: number;
  /** For each frame its RTP packets, not yet stamped. */
  readonly frames: readonly (readonly Buffer[])[];
  /** The track's lines of the SDP, but for `a=control`. */
  readonly sdp: readonly string[];
}

export interface ClipOptions {
  readonly seconds?: number;
  readonly fps?: number;
  /** Frames between key frames. */
  readonly gop?: number;
  readonly kbps?: number;
  readonly size?: `${number}x${number}`;
  /** A tone in AAC; default true. */
  readonly audio?: boolean;
  /** Turns the colours, in degrees, and `toneHz` sets the tone: so that people tell cameras apart. */
  readonly hue?: number;
  readonly toneHz?: number;
}

const VIDEO_CLOCK_HZ = 90_000;
const VIDEO_PAYLOAD_TYPE = 96;
const AUDIO_PAYLOAD_TYPE = 97;
const AUDIO_SAMPLE_RATE = 48_000;
const AUDIO_KBPS = 32;
const MAKING_TIMEOUT_MS = 60_000;

const made = new Map<string, Promise<Clip>>();

/**
 * The clip of these options: ffmpeg's `testsrc2`, which shows its own clock, H.264 baseline with constant frame rate. Made once
 * a process and kept.
 *
 * @throws RangeError for options that do not loop evenly; Error when ffmpeg is missing or fails.
 */
export function makeClip(options: ClipOptions = {}): Promise<Clip> {
  const key = JSON.stringify(Object.entries(options).sort());
  const known = made.get(key);
  if (known !== undefined) return known;
  const making = encode(options);
  made.set(key, making);
  making.catch(() => made.delete(key));
  return making;
}

async function encode(options: ClipOptions): Promise<Clip> {
  const { seconds = 10, fps = 25, gop = 25, audio = true } = options;
  if (VIDEO_CLOCK_HZ % fps !== 0)
    throw new RangeError(`expected a frame rate that divides ${VIDEO_CLOCK_HZ}, found ${fps}`);
  if (!Number.isInteger((seconds * fps) / gop)) {
    throw new RangeError(`expected whole groups of ${gop} frames in ${seconds} s of ${fps} frames a second`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'streamherd-clip-'));
  try {
    await execa('ffmpeg', encoderArguments(options), { cwd: folder, stdin: 'ignore', timeout: MAKING_TIMEOUT_MS });
    const video = videoTrack(await readFile(join(folder, 'clip.h264')), { fps, gop, seconds });
    return audio ? { video, audio: audioTrack(await readFile(join(folder, 'clip.aac'))), gop } : { video, gop };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function encoderArguments(options: ClipOptions): string[] {
  const {
    seconds = 10,
    fps = 25,
    gop = 25,
    kbps = 500,
    size = '640x360',
    audio = true,
    hue = 0,
    toneHz = 440,
  } = options;
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
    ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`],
    ...(audio ? ['-f', 'lavfi', '-i', `sine=f=${toneHz}:r=${AUDIO_SAMPLE_RATE}:d=${seconds}`] : []),
    ...['-map', '0:v', '-vf', `hue=h=${hue}`, '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'veryfast'],
    ...['-profile:v', 'baseline', '-b:v', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps}k`],
    ...['-g', `${gop}`, '-keyint_min', `${gop}`, '-sc_threshold', '0', '-x264-params', 'aud=1:threads=1'],
    ...['-f', 'h264', 'clip.h264'],
    ...(audio ? ['-map', '1:a', '-c:a', 'aac', '-ac', '1', '-b:a', `${AUDIO_KBPS}k`, '-f', 'adts', 'clip.aac'] : []),
  ];
}

function videoTrack(annexB: Buffer, { fps, gop, seconds }: { fps: number; gop: number; seconds: number }): Track {
  const pictures = accessUnits(annexB);
  const parameterSets = (pictures[0]?.nals ?? []).filter((nal) => [NAL_SPS, NAL_PPS].includes(nalType(nal)));
  const profile = parameterSets[0]?.toString('hex', 1, 4);
  if (pictures.length !== seconds * fps || profile === undefined) {
    throw new Error(`expected ${seconds * fps} pictures of H.264, found ${pictures.length}`);
  }
  if (pictures.some(({ key }, index) => key !== (index % gop === 0))) {
    throw new Error(`expected a key frame every ${gop} frames`);
  }
  const sets = parameterSets.map((nal) => nal.toString('base64')).join(',');
  return {
    payloadType: VIDEO_PAYLOAD_TYPE,
    clockRate: VIDEO_CLOCK_HZ,
    ticksPerFrame: VIDEO_CLOCK_HZ / fps,
    frames: pictures.map(({ nals }) => h264Packets(VIDEO_PAYLOAD_TYPE, nals)),
    sdp: [
      `m=video 0 RTP/AVP ${VIDEO_PAYLOAD_TYPE}`,
      `a=rtpmap:${VIDEO_PAYLOAD_TYPE} H264/${VIDEO_CLOCK_HZ}`,
      `a=fmtp:${VIDEO_PAYLOAD_TYPE} packetization-mode=1;profile-level-id=${profile};sprop-parameter-sets=${sets}`,
      `a=framerate:${fps}`,
    ],
  };
}

function audioTrack(adts: Buffer): Track {
  const { sampleRate, channels, config, frames } = aacStream(adts);
  return {
    payloadType: AUDIO_PAYLOAD_TYPE,
    clockRate: sampleRate,
    ticksPerFrame: AAC_SAMPLES_PER_FRAME,
    frames: frames.map((frame) => [aacPacket(AUDIO_PAYLOAD_TYPE, frame)]),
    sdp: [
      `m=audio 0 RTP/AVP ${AUDIO_PAYLOAD_TYPE}`,
      `a=rtpmap:${AUDIO_PAYLOAD_TYPE} MPEG4-GENERIC/${sampleRate}/${channels}`,
      `a=fmtp:${AUDIO_PAYLOAD_TYPE} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;` +
        `indexdeltalength=3;config=${config.toString('hex')}`,
    ],
  };
}
