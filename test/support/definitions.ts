import fc from 'fast-check';
import type { StreamDefinition, TranscoderProfile } from '../../src/domain/definition/stream-definition.ts';
import { parseStreamName, type StreamName } from '../../src/domain/definition/stream-name.ts';
import { PRESETS } from '../../src/domain/definition/transcoder-words.ts';

/** Arbitrary values of the domain, every one of them valid. */
export const streamNames: fc.Arbitrary<StreamName> = fc
  .stringMatching(/^[a-z0-9_][A-Za-z0-9._-]{0,8}(\/[A-Za-z0-9_][a-z.]{0,4}){0,2}$/)
  .map(parseStreamName)
  .filter((name) => name !== undefined);

export const serverNames = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}(\.[a-z0-9]{1,4}){0,2}$/);

export const sourceUrls = fc.oneof(
  fc.constantFrom(
    'test:',
    'test:gate-3',
    'udp://@239.0.0.1:1234',
    'srt://:9000?mode=listener',
    'https://[::1]:8443/a.m3u8',
  ),
  fc.stringMatching(
    /^(rtsp|rtmp|http)s?:\/\/([a-z]{1,3}:[!$%'()*+,;=a-z\\^{|}~]{1,5}@)?[a-z]{1,5}(:[1-9]\d{2})?\/[#&;={}a-z/*]{0,6}$/,
  ),
);

const titles = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));

const thousandths = (most: number) => fc.integer({ min: 1, max: most * 1000 }).map((value) => value / 1000);

const sides = fc.integer({ min: 8, max: 4096 }).map((half) => half * 2);

const encodedVideo = record({
  video: fc.constantFrom('h264' as const, 'hevc' as const),
  videoKbps: optional(fc.integer({ min: 1, max: 50_000 })),
  size: optional(fc.record({ width: sides, height: sides }, { noNullPrototype: true })),
  fps: optional(thousandths(240)),
  gop: optional(fc.integer({ min: 1, max: 500 })),
  preset: optional(fc.constantFrom(...PRESETS)),
});
const video = fc.oneof(encodedVideo, fc.constant({ video: 'copy' as const }));
const audio = fc.oneof(
  record({ audio: fc.constant('aac' as const), audioKbps: optional(fc.integer({ min: 1, max: 512 })) }),
  fc.constantFrom({ audio: 'copy' as const }, { audio: 'none' as const }),
);

export const transcoderProfiles: fc.Arbitrary<TranscoderProfile> = fc.oneof(
  fc.tuple(video, audio).map(([picture, sound]): TranscoderProfile => ({ ...picture, ...sound })),
  audio.filter((sound) => sound.audio !== 'none').map((sound): TranscoderProfile => ({ video: 'none', ...sound })),
);

export const definitions: fc.Arbitrary<StreamDefinition> = record({
  inputs: fc.array(sourceUrls, { minLength: 1, maxLength: 3 }),
  title: optional(titles),
  dvr: optional(record({ keepMs: optional(fc.integer({ min: 1 })), maxBytes: optional(fc.integer({ min: 1 })) })),
  transcoder: optional(transcoderProfiles),
  backupTranscoder: optional(transcoderProfiles),
  captureAt: optional(serverNames),
  disabled: fc.boolean(),
  weight: thousandths(1000),
  appliedFrom: fc.uniqueArray(serverNames, { maxLength: 3 }).map((names) => names.sort()),
});

/** `exactOptionalPropertyTypes`: a word that is left out is absent, and not `undefined`. */
type Present<Fields> = {
  [Key in keyof Fields as undefined extends Fields[Key] ? never : Key]: Fields[Key];
} & { [Key in keyof Fields as undefined extends Fields[Key] ? Key : never]?: Exclude<Fields[Key], undefined> };

function optional<Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(values, { nil: undefined });
}

function record<Fields>(fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> }): fc.Arbitrary<Present<Fields>> {
  return fc
    .record(fields as Record<string, fc.Arbitrary<unknown>>, { noNullPrototype: true })
    .map(
      (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Present<Fields>,
    );
}
