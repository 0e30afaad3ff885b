import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Catalogue } from '../../src/archive/catalogue/catalogue.ts';
import { ListedSegments } from '../../src/archive/catalogue/listed-segments.ts';
import { SUMMARY_FILE } from '../../src/archive/pack/day-summary.ts';
import { readSegment } from '../../src/archive/pack/pack-reading.ts';
import { type Damage, damage, damaged } from '../support/archive/damage.ts';
import { listedOf } from '../support/archive/listed.ts';
import { MemoryDisk } from '../support/archive/memory-disk.ts';
import { OPEN, PLACE, START_MS, testSegments, writePack } from '../support/archive/pack-fixture.ts';
import '../support/fixed-seed.ts';
import { suite } from '../support/suite.ts';

const test = suite('archive/corruption', { deadlineMs: 60_000 });

const HOUR_MS = 3_600_000;
/** Three days: the newest two are looked at by a start, file by file. */
const HOURS = [0, 1, 30, 31, 60, 61];

type Corruption =
  | { readonly kind: 'damaged'; readonly file: number; readonly what: Damage }
  | { readonly kind: 'removed'; readonly file: number }
  | { readonly kind: 'empty'; readonly file: number }
  /** The content of one file in the place of another. */
  | { readonly kind: 'other'; readonly file: number; readonly other: number }
  | { readonly kind: 'renamed'; readonly file: number; readonly name: string }
  | { readonly kind: 'foreign'; readonly file: number; readonly name: string };

const place = fc.nat(1000);
const name = fc.constantFrom(
  '17-5-5.ts',
  '17-5-5.m3u8',
  'x',
  '.ts',
  '017-1-1.ts',
  'packs.new',
  '99-1-1795327800000.ts',
);
const corruption: fc.Arbitrary<Corruption> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('damaged' as const), file: place, what: damage }) },
  fc.record({ kind: fc.constant('removed' as const), file: place }),
  fc.record({ kind: fc.constant('empty' as const), file: place }),
  fc.record({ kind: fc.constant('other' as const), file: place, other: place }),
  fc.record({ kind: fc.constant('renamed' as const), file: place, name }),
  fc.record({ kind: fc.constant('foreign' as const), file: place, name }),
);

/** What was sent, by the file of its media and by its name. */
type Sent = ReadonlyMap<string, ReadonlyMap<string, Buffer>>;

async function filled(hasSummaries: boolean): Promise<{ readonly disk: MemoryDisk; readonly sent: Sent }> {
  const disk = new MemoryDisk();
  const sent = new Map<string, ReadonlyMap<string, Buffer>>();
  for (const hour of HOURS) {
    const segments = testSegments(3, 1000 + hour * 100, START_MS + hour * HOUR_MS);
    const before = new Set(disk.contents().keys());
    await writePack(disk, segments, { why: hour === 61 ? OPEN : 'the hour is over' });
    const media = [...disk.contents().keys()].find((path) => path.endsWith('.ts') && !before.has(path)) ?? '';
    sent.set(media, new Map(segments.map(({ number, content }) => [`17-${number}`, content])));
  }
  if (hasSummaries) await look(disk);
  return { disk, sent };
}

async function look(disk: MemoryDisk) {
  const problems: string[] = [];
  const onProblem = (problem: string) => problems.push(problem);
  const catalogue = new Catalogue({ disk, server: 's01', onProblem });
  await catalogue.load(['/disk']);
  return { catalogue, problems, listed: new ListedSegments({ disk, catalogue, onProblem }) };
}

function corrupt(disk: MemoryDisk, all: readonly Corruption[]): void {
  const files = [...disk.contents().keys()].sort();
  const fileAt = (index: number) => files[index % files.length] ?? '';
  for (const each of all) {
    const path = fileAt(each.file);
    const content = disk.contents().get(path);
    if (each.kind === 'removed') disk.tamper(path, undefined);
    else if (each.kind === 'empty') disk.tamper(path, Buffer.alloc(0));
    else if (each.kind === 'damaged') disk.tamper(path, content && damaged(content, each.what));
    else if (each.kind === 'other') disk.tamper(path, disk.contents().get(fileAt(each.other)) ?? Buffer.alloc(0));
    else {
      const { name: other } = each;
      const beside = path.slice(0, path.lastIndexOf('/') + 1) + other;
      if (!disk.contents().has(beside)) disk.tamper(beside, each.kind === 'foreign' ? Buffer.from('x') : content);
      if (each.kind === 'renamed') disk.tamper(path, undefined);
    }
  }
}

test('whatever happens to a folder of packs: it is listed, what is whole plays, and each problem is told once', async () => {
  let problemsTold = 0;
  const input = [fc.array(corruption, { minLength: 1, maxLength: 5 }), fc.boolean()] as const;
  await fc.assert(
    fc.asyncProperty(...input, async (all, hasSummaries) => {
      const { disk, sent } = await filled(hasSummaries);
      const whole = new Map([...disk.contents()].filter(([path]) => sent.has(path)));
      corrupt(disk, all);
      for (const isCorrected of [false, true]) {
        const { catalogue, problems, listed } = await look(disk);
        if (isCorrected) for await (const _ of catalogue.corrections(['/disk']));
        const plays = new Set<string>();
        for (const { epoch, number, media, ...segment } of await listedOf(listed, PLACE.stream)) {
          const read = await readSegment(disk, media, segment);
          if (read.is === 'whole') plays.add(`${epoch}-${number} ${read.bytes.toString('base64')}`);
        }
        for (const [media, content] of whole) {
          if (disk.contents().get(media)?.equals(content) !== true) continue;
          for (const [segment, bytes] of sent.get(media) ?? []) {
            assert.ok(plays.has(`${segment} ${bytes.toString('base64')}`), `${segment}, corrected: ${isCorrected}`);
          }
        }
        if (!isCorrected) assert.is(new Set(problems).size, problems.length, problems.join('\n'));
        problemsTold += problems.length;
      }
    }),
    { numRuns: 150 },
  );
  assert.ok(problemsTold > 150, `${problemsTold} problems`);
  const { disk } = await filled(true);
  assert.ok([...disk.contents().keys()].some((path) => path.endsWith(`/${SUMMARY_FILE}`)));
  assert.equal((await look(disk)).problems, []);
});

test.run();
