import { z } from 'zod';
import { parseKbps, printKbps } from '../text/units.ts';
import { valueAs, wholeNumber } from './schema-value.ts';
import type { TranscoderProfile } from './stream-definition.ts';

/**
 * The words of a transcoder profile, the same in JSON and in the configuration file (`transcoder vb=2048k size=1280x720
 * ab=128k;`, where the flags are `-an` and `-vn`).
 *
 * | word | values | default |
 * | --- | --- | --- |
 * | `vcodec` | `h264`, `hevc`, `copy` | `h264`; `copy` with `vb=copy` |
 * | `vb` | a bit rate like `2048k` or `2M`, or `copy` | the encoder's |
 * | `size`, `fps`, `gop`, `preset` | `1280x720`, `25`, frames between key frames, an x264 preset | the source's, the encoder's |
 * | `acodec` | `aac`, `copy` | `aac`; `copy` with `ab=copy` |
 * | `ab` | a bit rate like `128k`, or `copy` | the encoder's |
 * | `an`, `vn` | `true`: no audio, no video | |
 *
 * Words that contradict each other (`vcodec=copy size=640x360`) are refused: the operator has to say which of them is meant.
 */
export const PRESETS = [
  'ultrafast',
  'superfast',
  'veryfast',
  'faster',
  'fast',
  'medium',
  'slow',
  'slower',
  'veryslow',
] as const;

const MAX_KBPS = 1_000_000;
const MAX_SIDE = 8192;
const MAX_GOP = 10_000;
const MAX_FPS = 240;

const VIDEO_ENCODING_WORDS = ['vb', 'size', 'fps', 'gop', 'preset'] as const;

const bitrate = (example: string) => {
  const expected = `a bit rate like "${example}", or "copy"`;
  return valueAs(expected, z.string({ error: expected }), (text) => {
    if (text === 'copy') return 'copy' as const;
    const kbps = parseKbps(text);
    return kbps !== undefined && kbps <= MAX_KBPS ? kbps : undefined;
  }).meta({ description: expected, examples: [example, 'copy'] });
};

const SIZE_EXPECTED = `a picture size like "1280x720", both numbers even and at most ${MAX_SIDE}`;
const size = valueAs(SIZE_EXPECTED, z.string({ error: SIZE_EXPECTED }), (text) => {
  const [, width = 0, height = 0] = (/^(\d{1,5})x(\d{1,5})$/.exec(text) ?? []).map(Number);
  const fits = (side: number) => side >= 16 && side <= MAX_SIDE && side % 2 === 0;
  return fits(width) && fits(height) ? { width, height } : undefined;
}).meta({ description: SIZE_EXPECTED, examples: ['1280x720'] });

const FPS_EXPECTED = `frames a second, like 25 or 29.97, at most ${MAX_FPS}`;
const fps = valueAs(FPS_EXPECTED, z.union([z.number(), z.string()], { error: FPS_EXPECTED }), (value) => {
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(String(value))) return undefined;
  return Number(value) > 0 && Number(value) <= MAX_FPS ? Number(value) : undefined;
}).meta({ description: FPS_EXPECTED, examples: [25] });

const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: `one of ${words.map((word) => `"${word}"`).join(', ')}` });

const flag = (means: string) =>
  z.literal(true, { error: `true (${means}), or leave it out` }).meta({ description: means });

export const transcoderWords = z
  .strictObject(
    {
      vcodec: oneOf(['h264', 'hevc', 'copy']).optional(),
      vb: bitrate('2048k').optional(),
      size: size.optional(),
      fps: fps.optional(),
      gop: wholeNumber('frames between key frames', MAX_GOP).optional(),
      preset: oneOf(PRESETS).optional(),
      vn: flag('no video').optional(),
      acodec: oneOf(['aac', 'copy']).optional(),
      ab: bitrate('128k').optional(),
      an: flag('no audio').optional(),
    },
    { error: 'an object of transcoder words' },
  )
  .superRefine((words, context) => {
    for (const [word, expected] of contradictions(words)) {
      context.addIssue({ code: 'custom', path: [word], message: expected });
    }
  });

export type TranscoderWords = z.output<typeof transcoderWords>;

function contradictions(words: TranscoderWords): readonly (readonly [keyof TranscoderWords, string])[] {
  const found: [keyof TranscoderWords, string][] = [];
  const refuse = (word: keyof TranscoderWords, because: string) => {
    if (words[word] !== undefined && words[word] !== 'copy') found.push([word, `no ${word} (${because})`]);
  };
  if (words.vn) {
    for (const word of VIDEO_ENCODING_WORDS) refuse(word, 'vn drops the video');
    refuse('vcodec', 'vn drops the video');
    refuse('an', 'vn drops the video, so nothing would be left');
  } else if (words.vcodec === 'copy' || words.vb === 'copy') {
    for (const word of VIDEO_ENCODING_WORDS) refuse(word, 'the video is copied');
    refuse('vcodec', 'vb=copy copies the video');
  }
  if (words.an) {
    refuse('acodec', 'an drops the audio');
    refuse('ab', 'an drops the audio');
  } else if (words.acodec === 'copy' || words.ab === 'copy') {
    refuse('ab', 'the audio is copied');
    refuse('acodec', 'ab=copy copies the audio');
  }
  return found;
}

export function profileOf(words: TranscoderWords): TranscoderProfile {
  const copiesVideo = words.vb === 'copy';
  const copiesAudio = words.ab === 'copy';
  return {
    video: words.vn ? 'none' : copiesVideo ? 'copy' : (words.vcodec ?? 'h264'),
    ...(typeof words.vb === 'number' && { videoKbps: words.vb }),
    ...(words.size !== undefined && { size: words.size }),
    ...(words.fps !== undefined && { fps: words.fps }),
    ...(words.gop !== undefined && { gop: words.gop }),
    ...(words.preset !== undefined && { preset: words.preset }),
    audio: words.an ? 'none' : copiesAudio ? 'copy' : (words.acodec ?? 'aac'),
    ...(typeof words.ab === 'number' && { audioKbps: words.ab }),
  };
}

/** The words that are read back as `profile`, codecs always named. */
export function wordsOfProfile(profile: TranscoderProfile): Record<string, string | number | true> {
  return {
    ...(profile.video === 'none' ? { vn: true as const } : { vcodec: profile.video }),
    ...(profile.videoKbps !== undefined && { vb: printKbps(profile.videoKbps) }),
    ...(profile.size !== undefined && { size: `${profile.size.width}x${profile.size.height}` }),
    ...(profile.fps !== undefined && { fps: profile.fps }),
    ...(profile.gop !== undefined && { gop: profile.gop }),
    ...(profile.preset !== undefined && { preset: profile.preset }),
    ...(profile.audio === 'none' ? { an: true as const } : { acodec: profile.audio }),
    ...(profile.audioKbps !== undefined && { ab: printKbps(profile.audioKbps) }),
  };
}
