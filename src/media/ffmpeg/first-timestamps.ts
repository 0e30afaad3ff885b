/**
 * ffmpeg options that give the first frames of a copied RTSP video their timestamps, where ffmpeg does not find them.
 *
 * RTSP carries when a frame is shown (PTS), not when it is decoded (DTS). libavformat works the DTS out from the order of the
 * frames, beginning with the one after the encoder's reorder delay, and its parser loses even the PTS of the very first
 * frame (RTP packets have no position in a file, by which it looks timestamps up). Without B-frames the muxer helps itself. With
 * them it ends on the first packet: "first pts and dts value must be set". `-fflags +genpts+igndts` makes nothing of it, and
 * `-use_wallclock_as_timestamps` throws the right times away with the missing ones. Waiting for the next key frame instead
 * would cost a group of pictures at each takeover.
 *
 * So the first frame is placed a little before the second, and the first few DTS, of which ffmpeg's guesses may be too late,
 * as far below as any usual reorder delay. From the first frame whose DTS equals its PTS, or after eight, all is as ffmpeg
 * says. Sources whose first frame has a PTS are left alone.
 */
export function firstTimestamps(): readonly string[] {
  return ['-bsf:v', `setts=pts='${PTS}':dts='${DTS}'`];
}

/**
 * Whether the frame rate is known; then `DURATION` is one frame. `TB` does not tell the unit: ffmpeg 5.1 sets it to 1/25 at 25
 * frames a second while it counts in 1/90000, ffmpeg 7 counts as it says. With an unknown rate both count as they say, and
 * `DURATION` is 0 or 1.
 */
const RATE_IS_KNOWN = 'gt(DURATION*TB,0.004)';
const FRAME = `if(${RATE_IS_KNOWN},DURATION,0.04/TB)`;
/** ffmpeg's guess of the first DTS is below 0 when it knows of B-frames, whose first PTS is usually 1 to 5 frames late. */
const FRAMES_BEFORE_SECOND = 'if(lt(DTS,0),4,1)';
const PTS = `if(eq(PTS,NOPTS),if(eq(N,0),-${FRAME}*${FRAMES_BEFORE_SECOND},DTS),PTS)`;

/** How many DTS at most are placed: all those of a reorder delay of 7; x264, x265 and NVENC have up to 4. */
const MOST_PLACED = 8;
/** Variable 0: how many DTS are placed; 1: the first of them. */
const BEGIN = [
  // With a known rate and a guess of 0 there are no B-frames: only the first frame lacks its times.
  `st(2,if(${RATE_IS_KNOWN}*gte(DTS,0),1,${MOST_PLACED}))`,
  'st(0,eq(PTS,NOPTS)*ld(2))',
  `st(1,-${FRAME}*ld(2))`,
].join(';');
const DTS = `if(eq(N,0),${BEGIN},if(gte(N,2)*eq(PTS,DTS),st(0,0)));if(lt(N,ld(0)),N+ld(1),DTS)`;
