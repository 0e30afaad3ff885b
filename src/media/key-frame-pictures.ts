import { jpegsOf, smallJpegs } from './preview-picture.ts';

/** A picture of a segment. */
export interface KeyFrame {
  /** From the first one of the segment, with which it begins. */
  readonly offsetMs: number;
  readonly jpeg: Buffer;
}

/** Arguments that print every key frame of the segment on the standard input as a JPEG, and say the time of each. */
export function keyFrameArguments(): readonly string[] {
  return [
    // `info` for the times, without the figures that are printed between them.
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info', '-threads', '1', '-protocol_whitelist', 'pipe'],
    ...['-skip_frame', 'nokey', '-f', 'mpegts', '-i', 'pipe:0', '-an', '-vsync', 'passthrough'],
    ...smallJpegs('showinfo=checksum=0'),
  ];
}

const SHOWN = /showinfo_\d+ @ [^\]]*\].* pts_time:(-?\d+(?:\.\d+)?)/g;

/** @param said what ffmpeg wrote in its log. */
export function keyFramesOf(pictures: Buffer, said: string): readonly KeyFrame[] {
  const timesS = [...said.matchAll(SHOWN)].map(([, time]) => Number(time));
  const [firstS = 0] = timesS;
  return jpegsOf(pictures).map((jpeg, index) => ({
    offsetMs: Math.max(0, Math.round(((timesS[index] ?? firstS) - firstS) * 1000)),
    jpeg,
  }));
}

/** The last one at `offsetMs` or before. */
export function keyFrameAt(
  frames: readonly KeyFrame[],
  offsetMs: number,
): { readonly index: number; readonly frame: KeyFrame } | undefined {
  const index = Math.max(
    0,
    frames.findLastIndex((frame) => frame.offsetMs <= offsetMs),
  );
  const frame = frames[index];
  return frame && { index, frame };
}
