import * as assert from 'uvu/assert';
import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { streamMachine } from '../../src/machines/stream.ts';
import type { StreamEvent } from '../../src/machines/stream-contract.ts';
import { DEFINITION, MINE, ownedBy, owner, SESSION, streamInput } from '../support/stream-world.ts';
import { suite } from '../support/suite.ts';
import { cell, deeds } from '../support/transition-table.ts';
import { STREAM_EVENTS } from './stream.events.ts';
import { STREAM_TABLE, type StreamColumn, type StreamStateName } from './stream.table.ts';

const test = suite('machines/stream');

type Snapshot = SnapshotFrom<typeof streamMachine>;

const PLACES: { readonly [S in StreamStateName]: Parameters<Snapshot['matches']>[0] } = {
  stopped: 'stopped',
  watching: { idle: 'watching' },
  grace: { idle: 'grace' },
  asking: { claiming: 'asking' },
  askAgain: { claiming: 'waiting' },
  won: { claiming: 'won' },
  running: { capturing: 'running' },
  restarting: { capturing: 'restarting' },
  stopping: { capturing: 'stopping' },
  killing: { capturing: 'killing' },
  releasing: { handingBack: 'releasing' },
  releaseAgain: { handingBack: 'waiting' },
};

function nameOf(snapshot: Snapshot): StreamStateName {
  const name = (Object.keys(PLACES) as StreamStateName[]).find((it) => snapshot.matches(PLACES[it]));
  if (name === undefined) throw new Error(`no name for ${JSON.stringify(snapshot.value)}`);
  return name;
}

const standing: StreamEvent = { type: 'standing.gained', session: SESSION };
const defined: StreamEvent = { type: 'definition.changed', definition: DEFINITION };
const mine: StreamEvent = { type: 'assignment.changed', assignment: MINE };
const vacant: StreamEvent = { type: 'owner.changed', owner: owner(3) };
const toAsking = [vacant, standing, defined, mine];
const toWon = [...toAsking, STREAM_EVENTS['claim.won']];
const toRunning = [...toWon, STREAM_EVENTS['owner.changed: claimed']];
const toStopping = [...toRunning, STREAM_EVENTS['assignment.changed: theirs']];
const toReleasing = [...toStopping, STREAM_EVENTS['capture.ended']];

/** How each state is reached. */
const WAYS: { readonly [S in StreamStateName]: readonly StreamEvent[] } = {
  stopped: [vacant, standing, mine],
  watching: [{ type: 'owner.changed', owner: ownedBy('s02', 'session-of-s02', 3) }, standing, defined, mine],
  grace: [{ type: 'owner.changed', owner: owner(3, { heir: 's02' }) }, standing, defined, mine],
  asking: toAsking,
  askAgain: [...toAsking, STREAM_EVENTS['claim.unknown']],
  won: toWon,
  running: toRunning,
  restarting: [...toRunning, STREAM_EVENTS['definition.changed: input']],
  stopping: toStopping,
  killing: [...toRunning, STREAM_EVENTS['owner.changed: theirs']],
  releasing: toReleasing,
  releaseAgain: [...toReleasing, STREAM_EVENTS['release.unknown']],
};

function arrive(state: StreamStateName): Snapshot {
  const [start] = initialTransition(streamMachine, streamInput());
  return WAYS[state].reduce((snapshot: Snapshot, event) => transition(streamMachine, snapshot, event)[0], start);
}

for (const state of Object.keys(STREAM_TABLE) as StreamStateName[]) {
  test(`table: ${state}`, () => {
    const before = arrive(state);
    assert.is(nameOf(before), state);
    const row = Object.fromEntries(
      (Object.keys(STREAM_EVENTS) as StreamColumn[]).map((column) => {
        const [after, actions] = transition(streamMachine, before, STREAM_EVENTS[column]);
        return [column, cell(state, nameOf(after), deeds(actions))];
      }),
    );
    assert.equal(row, STREAM_TABLE[state]);
  });
}

test.run();
