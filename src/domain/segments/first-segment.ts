/**
 * A first segment of less than half the length comes half a segment sooner to a waiting player. Not of exactly half: with
 * the usual key frame a second and segments of two, the first group of pictures was seen to be a little short of one second,
 * and the cut came a group later. ffmpeg keeps its shorter cuts up
 * for three segments, so the numbers run ahead of `unix time ÷ segment duration` by up to two.
 */
export const FIRST_SEGMENT_SHARE = 0.4;
