import * as assert from 'uvu/assert';
import type { SegmentPiece } from '../../../src/archive/export/byte-layout.ts';
import { partsOf, type RecordedPart } from '../../../src/archive/playback/recorded-part.ts';
import { recordedVariants } from '../../../src/http/export/recorded-variants.ts';
import { madeSegments } from '../../support/segments.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/export/recorded-variants');

type Run = Parameters<typeof madeSegments>[0];
const SECOND = { seconds: 1, segmentS: 1 } as const;
const RUNS: readonly Run[] = [
  SECOND,
  { ...SECOND, video: 'hevc' },
  { ...SECOND, video: 'hevc', audio: 'mp2' },
  { ...SECOND, audio: 'mp2' },
];
const [H264, HEVC, HEVC_OLD_SOUND, OLD_SOUND] = RUNS.keys();
const segments = await Promise.all(RUNS.map(async (run) => (await madeSegments(run))[0] ?? Buffer.alloc(0)));

/** What is said of runs that follow one another, each by its number in `RUNS`. */
async function said(...runs: readonly (number | undefined)[]) {
  const parts = runs.flatMap((run, index): readonly RecordedPart[] => {
    const of = (value: number) => Float64Array.of(value);
    const columns = { startsMs: of(index * 1000), durationsMs: of(1000), bytes: of(segments[run ?? -1]?.length ?? 1) };
    const block = { epoch: index, isContinued: false, isOpen: false, numbers: of(run ?? RUNS.length), ...columns };
    return partsOf(block, 's01');
  });
  const looked: number[] = [];
  const whole = async (_: string, { epoch, number, at, bytes }: SegmentPiece) => {
    looked.push(epoch);
    const segment = segments[number];
    if (segment === undefined) throw new Error('it cannot be read');
    return segment.subarray(at, at + bytes);
  };
  return { ...(await recordedVariants({ whole }, 'cam01', parts)), looked };
}

test('what is said of each form fits it, and what is recorded says which one players need', async () => {
  const hevc = await said(HEVC, HEVC);
  assert.match(hevc.fmp4.codecs ?? '', /^hvc1\.1\.6\.L\d+\.90,mp4a\.40\.2$/);
  assert.equal([hevc.isForFmp4, hevc.fmp4.size, hevc.mpegts.size], [true, { width: 160, height: 90 }, hevc.fmp4.size]);
  const old = await said(OLD_SOUND);
  assert.match(old.fmp4.codecs ?? '', /^avc1\.\w{6}$/, 'the other sound is not in it');
  assert.is(old.isForFmp4, false);
});

test('one run in HEVC is enough, as long as no sound is lost by it', async () => {
  for (const [runs, isForFmp4] of [
    [[H264], false],
    [[H264, HEVC], true],
    [[HEVC, H264], true],
    [[HEVC, HEVC_OLD_SOUND], false],
    [[OLD_SOUND, HEVC], false],
  ] as const) {
    const seen = await said(...runs);
    assert.is(seen.isForFmp4, isForFmp4, runs.join());
    if (runs.length > 1) assert.equal([seen.mpegts, seen.fmp4], [{}, {}], 'nothing is said of what changes');
  }
});

test('of many runs four are looked at; what cannot be read is said to be nothing', async () => {
  const many = await said(H264, H264, HEVC, HEVC, HEVC, HEVC, HEVC);
  assert.equal([many.looked, many.isForFmp4, many.fmp4], [[0, 1, 5, 6], true, {}]);
  const { looked: _, ...unreadable } = await said(HEVC, undefined);
  assert.equal(unreadable, { mpegts: {}, fmp4: {}, isForFmp4: false });
});

test.run();
