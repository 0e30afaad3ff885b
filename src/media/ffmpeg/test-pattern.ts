import type { TranscoderProfile } from '../../domain/definition/stream-definition.ts';
import { transcoderArguments } from './transcoder-arguments.ts';

/**
 * The source `test:`: a moving pattern with a clock, and a tone, for trying things out without a camera. Small enough for
 * a dozen of them on a laptop.
 */
const FPS = 15;
const VIDEO = `testsrc2=size=640x360:rate=${FPS}`;
/** The time of day in UTC, which shows a viewer how far behind live the picture is. testsrc2 has a timer of its own. */
const CLOCK = "drawtext=text='%{gmtime}':x=w-tw-12:y=h-th-12:fontsize=24:fontcolor=white:box=1:boxcolor=black@0.6";
const TONE = 'sine=frequency=440:beep_factor=4:sample_rate=48000';

/** What it is encoded as unless the definition says otherwise. */
const PROFILE: TranscoderProfile = {
  video: 'h264',
  videoKbps: 800,
  gop: FPS,
  preset: 'ultrafast',
  audio: 'aac',
  audioKbps: 64,
};

/** @param drawsText whether this ffmpeg can write text into pictures (it needs a font). */
export function testPatternInput(drawsText: boolean): readonly string[] {
  const video = drawsText ? `${VIDEO},${CLOCK}` : VIDEO;
  return ['-re', '-f', 'lavfi', '-i', `${video}[out0];${TONE}[out1]`];
}

/** A pattern has no packets to copy, so it is encoded. */
export function testPatternOutput(profile: TranscoderProfile | undefined, segmentMs: number): readonly string[] {
  if (profile === undefined) return transcoderArguments(PROFILE, segmentMs);
  return transcoderArguments(
    {
      ...profile,
      video: profile.video === 'copy' ? PROFILE.video : profile.video,
      audio: profile.audio === 'copy' ? PROFILE.audio : profile.audio,
    },
    segmentMs,
  );
}
