import type { SegmentId } from '../segment-name.ts';

/** Which tracks: picture and sound, or the sound alone. */
export type Fmp4View = 'all' | 'audio';

/** A fragment is one segment. What stands in front of fragments is named by a segment too, in lists that are made without a look at one. */
export type Fmp4Kind = 'fragment' | 'init';

export interface Fmp4Id extends SegmentId {
  readonly kind: Fmp4Kind;
  readonly view: Fmp4View;
}

const ENDINGS: Readonly<Record<Fmp4Kind, Readonly<Record<Fmp4View, string>>>> = {
  fragment: { all: '.m4s', audio: '-audio.m4s' },
  init: { all: '-init.mp4', audio: '-audio-init.mp4' },
};

/** `<epoch>-<number>.m4s`, `<epoch>-<number>-audio-init.mp4`: a view of the segment with these numbers, as unique as its name. */
export function fmp4Name({ epoch, number, kind, view }: Fmp4Id): string {
  return `${epoch}-${number}${ENDINGS[kind][view]}`;
}

/** Behind the numbers of a segment or of one of its parts: as MP4, or as MPEG-TS. */
export function mediaEnding(view: Fmp4View | undefined): string {
  return view === undefined ? '.ts' : ENDINGS.fragment[view];
}

/** What the last part of a URI names; `undefined`: no such segment. */
export function parseFmp4Name(text: string): Fmp4Id | undefined {
  const [, name, epoch, number, sound, ending] =
    /(?:^|\/)((\d{1,15})-(\d{1,15})(-audio)?(\.m4s|-init\.mp4))$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  const kind = ending === ENDINGS.init.all ? 'init' : 'fragment';
  const view = sound === undefined ? 'all' : 'audio';
  const id: Fmp4Id = { epoch: Number(epoch), number: Number(number), kind, view };
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
