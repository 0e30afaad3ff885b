import * as assert from 'uvu/assert';
import { SessionFates } from '../../../src/herd/view/session-fates.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/view/session-fates');

/** A roster at a revision. Sessions that are not in `live` have ended, as far as that view can tell. Each session has one stream of its name. */
function fatesOf(...live: string[]) {
  const roster = { live: new Set(live), revision: 10, streams: 1 };
  const ended: string[] = [];
  const timers: (() => void)[] = [];
  const clock = { nowMs: 0, now: () => clock.nowMs, setTimeout: (run: () => void) => timers.push(run) };
  const fates = new SessionFates({
    hasEnded: (session, revision) => revision <= roster.revision && !roster.live.has(session),
    streamsOf: (session) => Array.from({ length: roster.streams }, () => streamName(session)),
    onVacant: (name) => {
      clock.nowMs += 1;
      ended.push(name);
    },
    clock,
  });
  return { fates, roster, ended, timers };
}

test('the streams of a session that had thousands are told in turns of 20 ms', () => {
  const { fates, roster, ended, timers } = fatesOf('a');
  roster.streams = 3000;
  assert.not(fates.hasEnded({ session: 'a', rosterRevision: 3 }));
  roster.live.delete('a');
  fates.rosterMoved();
  assert.ok(ended.length <= 21);
  for (let turn = 0; turn < 200; turn += 1) {
    const before = ended.length;
    timers.shift()?.();
    assert.ok(ended.length - before <= 21);
  }
  assert.is(ended.length, 3000);
});

test('the end of a session that counted as alive is told once, as soon as the roster moves', () => {
  const { fates, roster, ended } = fatesOf('a', 'b');
  assert.not(fates.hasEnded({ session: 'a', rosterRevision: 3 }));
  assert.not(fates.hasEnded({ session: 'b', rosterRevision: 3 }));
  fates.rosterMoved();
  assert.equal(ended, []);
  roster.live.delete('a');
  fates.rosterMoved();
  fates.rosterMoved();
  assert.equal(ended, ['a']);
  assert.ok(fates.hasEnded({ session: 'a', rosterRevision: 3 }));
});

test('a session newer than the view counts as alive until the view has caught up, though it ended unseen', () => {
  const { fates, roster, ended } = fatesOf();
  assert.not(fates.hasEnded({ session: 'a', rosterRevision: 12 }));
  fates.rosterMoved();
  assert.equal(ended, []);
  roster.revision = 12;
  fates.rosterMoved();
  assert.equal(ended, ['a']);
});

test('a key that does not say at which revision its session was there hides nothing that another key says', () => {
  const { fates, roster, ended } = fatesOf();
  assert.not(fates.hasEnded({ session: 'a', rosterRevision: 12 }));
  assert.not(fates.hasEnded({ session: 'a', rosterRevision: Infinity }));
  roster.revision = 12;
  fates.rosterMoved();
  assert.equal(ended, ['a']);
});

test('an end that was known when the key was seen is not told', () => {
  const { fates, ended } = fatesOf();
  assert.ok(fates.hasEnded({ session: 'a', rosterRevision: 3 }));
  fates.rosterMoved();
  assert.equal(ended, []);
});

test.run();
