import type { SegmentId } from '../segment-name.ts';

/** Which tracks: picture and sound, or the sound alone. */
export type Fmp4View = 'all' | 'audio';

export interface Fmp4Id extends SegmentId {
  readonly view: Fmp4View;
}

const ENDINGS: Readonly<Record<Fmp4View, string>> = { all: '.m4s', audio: '-audio.m4s' };

/** `<epoch>-<number>.m4s` or `<epoch>-<number>-audio.m4s`: a view of the segment with these numbers, as unique as its name. */
export function fmp4Name({ epoch, number, view }: Fmp4Id): string {
  return `${epoch}-${number}${ENDINGS[view]}`;
}

/** What the last part of a URI names; `undefined`: no such segment. */
export function parseFmp4Name(text: string): Fmp4Id | undefined {
  const [, name, epoch, number, sound] = /(?:^|\/)((\d{1,15})-(\d{1,15})(-audio)?\.m4s)$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  const id: Fmp4Id = { epoch: Number(epoch), number: Number(number), view: sound === undefined ? 'all' : 'audio' };
  return name === fmp4Name(id) ? id : undefined;
}

/** What stands in front of fragments, named by what is in it. */
export function initName(hash: string): string {
  return `init-${hash}.mp4`;
}

/** The hash that the last part of a path names. */
export function parseInitName(text: string): string | undefined {
  return /^init-([0-9a-f]{16})\.mp4$/.exec(text)?.[1];
}
