import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { RecordedNumbers } from '../../../src/domain/records/owner-record.ts';
import { countAtClaim, HEAD_ROOM, MAX_DISCONTINUITIES } from '../../../src/domain/segments/discontinuity-count.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/segments/discontinuity-count');

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const iso = (unixMs: number) => new Date(unixMs).toISOString();
const record = (fields: Partial<RecordedNumbers>): RecordedNumbers => ({
  nextNumber: undefined,
  discontinuities: 40,
  isFinal: false,
  since: iso(0),
  ...fields,
});

test('the count of a stream that was handed back goes on where it stopped', () => {
  const recorded = record({ isFinal: true });
  assert.is(countAtClaim({ recorded, heard: undefined, nowUnixMs: 9 * DAY_MS }), 40);
  assert.is(countAtClaim({ recorded, heard: 44, nowUnixMs: 0 }), 44);
});

test('the next count adds head room to what a lost owner was heard to count, and an hour’s worth for what was not heard', () => {
  assert.is(countAtClaim({ recorded: record({}), heard: 55, nowUnixMs: DAY_MS }), 55 + HEAD_ROOM);
  assert.is(countAtClaim({ recorded: record({}), heard: 40, nowUnixMs: DAY_MS }), 40 + 24 + HEAD_ROOM);
  assert.is(countAtClaim({ recorded: record({}), heard: undefined, nowUnixMs: 1 }), 40 + 1 + HEAD_ROOM);
});

test('a record that is gone, of an earlier version, or of a wrong clock', () => {
  assert.is(countAtClaim({ recorded: undefined, heard: undefined, nowUnixMs: DAY_MS }), 0);
  assert.is(countAtClaim({ recorded: undefined, heard: 12, nowUnixMs: DAY_MS }), 12 + HEAD_ROOM);
  assert.is(
    countAtClaim({ recorded: record({ discontinuities: undefined, isFinal: true }), heard: 12, nowUnixMs: 0 }),
    12 + HEAD_ROOM,
  );
  assert.is(countAtClaim({ recorded: record({ since: 'soon' }), heard: 0, nowUnixMs: 0 }), 40 + HEAD_ROOM);
  assert.is(countAtClaim({ recorded: record({ since: iso(DAY_MS) }), heard: 0, nowUnixMs: 0 }), 40 + HEAD_ROOM);
  const decades = countAtClaim({ recorded: record({}), heard: 0, nowUnixMs: 20_000 * DAY_MS });
  assert.ok(decades < 9000, `a clock that is off by decades costs ${decades}`);
  assert.is(
    countAtClaim({ recorded: record({ discontinuities: 2 ** 40 }), heard: 0, nowUnixMs: 0 }),
    MAX_DISCONTINUITIES,
  );
});

/** What happens to a stream. A claim itself counts its first segment. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('restart' as const), heard: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('handed back' as const, 'bus lost its data' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('lost' as const), claimerIsFresh: fc.boolean() }) },
);

test('no owner begins below the count of another: after a hand-back, a loss, a claim by a new server, a loss of data', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 80 }), (all) => {
      let nowUnixMs = 0;
      let recorded: RecordedNumbers | undefined;
      let heard: number | undefined;
      let unheard = 0;
      let counted = 0;
      const claim = (knows: number | undefined) => {
        const count = countAtClaim({ recorded, heard: knows, nowUnixMs });
        assert.ok(count >= counted, `${count} after ${counted}`);
        recorded = record({ discontinuities: count, isFinal: false, since: iso(nowUnixMs) });
        counted = count + 1;
        heard = counted;
        unheard = 0;
      };
      claim(undefined);
      for (const each of all) {
        // One restart an hour, which is more than the average of an unstable camera.
        nowUnixMs += HOUR_MS;
        if (each.type === 'restart') {
          counted += 1;
          // The head room covers so much of what was counted after the last report.
          unheard = each.heard || unheard === HEAD_ROOM ? 0 : unheard + 1;
          if (unheard === 0) heard = counted;
        } else if (each.type === 'lost') claim(each.claimerIsFresh ? undefined : heard);
        else if (each.type === 'handed back') {
          recorded = record({ discontinuities: counted, isFinal: true, since: iso(nowUnixMs) });
          claim(heard);
        } else {
          recorded = undefined;
          claim(heard);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a year of an unstable camera: 20 restarts and one lost owner every day, and once a week the claiming server has heard nothing', () => {
  let count = 0;
  let since = 0;
  for (let day = 1; day <= 365; day += 1) {
    const heard = count + 21;
    const recorded = record({ discontinuities: count, isFinal: false, since: iso(since) });
    count = countAtClaim({ recorded, heard: day % 7 === 0 ? undefined : heard, nowUnixMs: day * DAY_MS });
    since = day * DAY_MS;
    assert.ok(count >= heard);
  }
  assert.ok(count < 10_000, `${count} after a year`);
});

test.run();
