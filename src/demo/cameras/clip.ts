import {
  AAC_SAMPLES_PER_FRAME,
  aacStream,
  accessUnits,
  isSlice,
  NAL_PPS,
  NAL_SPS,
  nalType,
} from './elementary-stream.ts';
import { type ClipOptions, encodedClip, MULAW_SAMPLE_RATE } from './encoded-clip.ts';
import { withFrameNumber } from './frame-number.ts';
import { aacPacket, h264Packets, mulawPacket } from './rtp-packet.ts';

/** What a camera shows: a generated clip, cut into RTP packets once and sent in a loop. */
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

const VIDEO_CLOCK_HZ = 90_000;
const VIDEO_PAYLOAD_TYPE = 96;
const AUDIO_PAYLOAD_TYPE = 97;
/** Of G.711, RFC 3551; a packet holds 20 ms. */
const MULAW_PAYLOAD_TYPE = 0;
const MULAW_BYTES = 160;

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
  const making = packetsOf(options);
  made.set(key, making);
  making.catch(() => made.delete(key));
  return making;
}

async function packetsOf(options: ClipOptions): Promise<Clip> {
  const { seconds = 10, fps = 25, gop = 25, audio = 'aac' } = options;
  if (VIDEO_CLOCK_HZ % fps !== 0)
    throw new RangeError(`expected a frame rate that divides ${VIDEO_CLOCK_HZ}, found ${fps}`);
  if (!Number.isInteger((seconds * fps) / gop)) {
    throw new RangeError(`expected whole groups of ${gop} frames in ${seconds} s of ${fps} frames a second`);
  }
  const { picture, sound } = await encodedClip(options);
  const video = videoTrack(picture, { fps, gop, seconds });
  if (sound === undefined) return { video, gop };
  return { video, audio: audio === 'aac' ? aacTrack(sound) : mulawTrack(sound, audio === 'announced'), gop };
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
    frames: pictures.map(({ nals }) => h264Packets(VIDEO_PAYLOAD_TYPE, withFrameNumber(nals, isSlice))),
    sdp: [
      `m=video 0 RTP/AVP ${VIDEO_PAYLOAD_TYPE}`,
      `a=rtpmap:${VIDEO_PAYLOAD_TYPE} H264/${VIDEO_CLOCK_HZ}`,
      `a=fmtp:${VIDEO_PAYLOAD_TYPE} packetization-mode=1;profile-level-id=${profile};sprop-parameter-sets=${sets}`,
      `a=framerate:${fps}`,
    ],
  };
}

function mulawTrack(samples: Buffer, isSilent: boolean): Track {
  const frames: Buffer[][] = [];
  for (let at = 0; at + MULAW_BYTES <= samples.length; at += MULAW_BYTES) {
    frames.push(isSilent ? [] : [mulawPacket(MULAW_PAYLOAD_TYPE, samples.subarray(at, at + MULAW_BYTES))]);
  }
  return {
    payloadType: MULAW_PAYLOAD_TYPE,
    clockRate: MULAW_SAMPLE_RATE,
    ticksPerFrame: MULAW_BYTES,
    frames,
    sdp: [`m=audio 0 RTP/AVP ${MULAW_PAYLOAD_TYPE}`, `a=rtpmap:${MULAW_PAYLOAD_TYPE} PCMU/${MULAW_SAMPLE_RATE}`],
  };
}

function aacTrack(adts: Buffer): Track {
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
