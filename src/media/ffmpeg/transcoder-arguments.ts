import type { TranscoderProfile } from '../../domain/definition/stream-definition.ts';

const DEFAULT_PRESET = 'veryfast';
/** The rate control's window, as a share of a second: a narrow link must not see bursts above its rate for longer. */
const BUFFER_SECONDS = 2;

/**
 * x265 prints its statistics past ffmpeg's log level. By itself it opens segments with frames (CRA) behind which others are shown first that
 * refer to the segment before: players of Apple want none of these, and each player would leave them out where it begins.
 */
const HEVC = ['-x265-params', 'log-level=error:open-gop=0', '-forced-idr', '1'];

/** The output options that encode as `profile` says; without one the source's packets are copied. */
export function transcoderArguments(profile: TranscoderProfile | undefined, segmentMs: number): readonly string[] {
  if (profile === undefined) return ['-c', 'copy'];
  return [...videoArguments(profile, segmentMs), ...audioArguments(profile)];
}

function videoArguments(profile: TranscoderProfile, segmentMs: number): readonly string[] {
  if (profile.video === 'none') return ['-vn'];
  if (profile.video === 'copy') return ['-c:v', 'copy'];
  const { videoKbps, size, fps, gop } = profile;
  return [
    '-c:v',
    profile.video === 'hevc' ? 'libx265' : 'libx264',
    '-preset',
    profile.preset ?? DEFAULT_PRESET,
    '-pix_fmt',
    'yuv420p',
    ...(profile.video === 'hevc' ? HEVC : []),
    ...(videoKbps === undefined
      ? []
      : ['-b:v', `${videoKbps}k`, '-maxrate', `${videoKbps}k`, '-bufsize', `${videoKbps * BUFFER_SECONDS}k`]),
    ...(size === undefined ? [] : ['-s', `${size.width}x${size.height}`]),
    ...(fps === undefined ? [] : ['-r', String(fps)]),
    // Segments begin with key frames: without a wish of the operator's, exactly one opens each.
    ...(gop === undefined
      ? ['-force_key_frames', `expr:gte(t,n_forced*${segmentMs / 1000})`]
      : ['-g', String(gop), '-sc_threshold', '0']),
  ];
}

function audioArguments(profile: TranscoderProfile): readonly string[] {
  if (profile.audio === 'none') return ['-an'];
  if (profile.audio === 'copy') return ['-c:a', 'copy'];
  return ['-c:a', 'aac', ...(profile.audioKbps === undefined ? [] : ['-b:a', `${profile.audioKbps}k`])];
}
