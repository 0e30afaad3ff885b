import * as assert from 'uvu/assert';
import { createActor, fromCallback, initialTransition, type SnapshotFrom, transition } from 'xstate';
import {
  type MembershipEmitted,
  type MembershipEvent,
  membershipMachine,
  type SessionCommand,
  type SessionInput,
} from '../../src/machines/membership.ts';
import { suite } from '../support/suite.ts';
import { MEMBERSHIP_TABLE, type MembershipState } from './membership.table.ts';

const test = suite('machines/membership');

type Snapshot = SnapshotFrom<typeof membershipMachine>;

const EVENTS: Readonly<Record<MembershipEvent['type'], MembershipEvent>> = {
  'session.opened': { type: 'session.opened', session: 'a' },
  'join.waiting': { type: 'join.waiting', why: 'held' },
  'join.refused': { type: 'join.refused', why: 'held by a living one' },
  'standing.gained': { type: 'standing.gained', session: 'a', rule: 'a', why: 'the bus' },
  'standing.changed': { type: 'standing.changed', rule: 'b', why: 'all' },
  'standing.lost': { type: 'standing.lost', why: 'no peer vouches' },
  'roster.changed': { type: 'roster.changed', why: 's02 joined' },
  'session.pledged': { type: 'session.pledged', server: 's02', session: 'b', why: 'silent' },
  'session.evicted': { type: 'session.evicted', server: 's02', session: 'b', why: 'silent' },
  'session.left': { type: 'session.left', why: 'left' },
  'drain.ordered': { type: 'drain.ordered' },
  'drain.revoked': { type: 'drain.revoked' },
  'leave.ordered': { type: 'leave.ordered' },
  'captures.ended': { type: 'captures.ended' },
};

/** The events that lead to each state. */
const PATHS: Readonly<Record<MembershipState, readonly MembershipEvent['type'][]>> = {
  joining: [],
  waiting: ['join.waiting'],
  standing: ['standing.gained'],
  draining: ['standing.gained', 'drain.ordered'],
  handingBack: ['standing.gained', 'leave.ordered'],
  leaving: ['leave.ordered'],
  fenced: ['standing.gained', 'standing.lost'],
  resting: ['standing.gained', 'standing.lost', 'captures.ended'],
  refused: ['join.refused'],
  ended: ['leave.ordered', 'session.left'],
};

function reach(state: MembershipState): Snapshot {
  let [snapshot] = initialTransition(membershipMachine, {});
  for (const type of PATHS[state]) [snapshot] = transition(membershipMachine, snapshot, EVENTS[type]);
  return snapshot;
}

function nameOf({ value }: Snapshot): string {
  return typeof value === 'string' ? value : String(Object.values(value)[0]);
}

for (const [state, row] of Object.entries(MEMBERSHIP_TABLE) as [
  MembershipState,
  (typeof MEMBERSHIP_TABLE)['joining'],
][]) {
  test(`${state}: every event does what the table says`, () => {
    assert.is(nameOf(reach(state)), state);
    for (const [type, outcome] of Object.entries(row) as [MembershipEvent['type'], string][]) {
      const before = reach(state);
      const [after, actions] = transition(membershipMachine, before, EVENTS[type]);
      const moved = nameOf(after);
      assert.is(moved, outcome === 'stays' || outcome === '-' ? state : outcome, `${state} on ${type}`);
      if (outcome === '-') assert.is(actions.length, 0, `${state} on ${type} does nothing`);
      if (outcome !== 'stays') continue;
      const did = actions.length > 0 || after.context !== before.context;
      assert.ok(did, `${state} on ${type} does something`);
    }
  });
}

test('a drained server that was fenced is still drained when it stands again', () => {
  let snapshot = reach('draining');
  for (const type of ['standing.lost', 'captures.ended'] as const) {
    [snapshot] = transition(membershipMachine, snapshot, EVENTS[type]);
  }
  assert.is(snapshot.context.draining, true);
});

test('a server that was leaving when it was fenced ends when its captures have ended', () => {
  let snapshot = reach('handingBack');
  for (const type of ['standing.lost', 'captures.ended'] as const) {
    [snapshot] = transition(membershipMachine, snapshot, EVENTS[type]);
  }
  assert.equal(snapshot.output, { ended: 'left', why: 'no peer vouches' });
});

/** Runs the machine with a session that does nothing but what the test says. */
function runWith(session: (input: SessionInput, send: (event: MembershipEvent) => void) => void) {
  const commands: SessionCommand[] = [];
  const emitted: MembershipEmitted[] = [];
  const actor = createActor(
    membershipMachine.provide({
      actors: {
        session: fromCallback<SessionCommand, SessionInput>(({ input, sendBack, receive }) => {
          receive((command) => commands.push(command));
          session(input, sendBack);
        }),
      },
    }),
    { input: { restMs: 0 } },
  );
  for (const type of ['standing.gained', 'standing.lost', 'captures.unwanted', 'session.opened'] as const) {
    actor.on(type, (event) => emitted.push(event));
  }
  actor.start();
  return { actor, commands, emitted };
}

test('an actor that throws fences', () => {
  const { actor, emitted } = runWith(() => {
    throw new Error('no bus');
  });
  assert.is(actor.getSnapshot().value, 'fenced');
  assert.equal(emitted, [{ type: 'standing.lost', why: 'its session failed: Error: no bus' }]);
  actor.stop();
});

test('leave drains the session, then closes it; a second leave has the captures killed', () => {
  const { actor, commands, emitted } = runWith((_, send) =>
    send({ type: 'standing.gained', session: 'a', rule: 'a', why: 'the bus' }),
  );
  actor.send({ type: 'leave.ordered' });
  actor.send({ type: 'leave.ordered' });
  actor.send({ type: 'captures.ended' });
  assert.equal(commands, [{ type: 'session.drain', draining: true }, { type: 'session.leave' }]);
  assert.is(emitted.at(-1)?.type, 'captures.unwanted');
  actor.stop();
});

test.run();
