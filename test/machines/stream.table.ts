import type { StreamEvent } from '../../src/machines/stream-contract.ts';
import type { Table } from '../support/transition-table.ts';
import type { STREAM_EVENTS } from './stream.events.ts';

export type StreamStateName =
  | 'stopped'
  | 'watching'
  | 'grace'
  | 'asking'
  | 'askAgain'
  | 'running'
  | 'restarting'
  | 'stopping'
  | 'killing'
  | 'releasing'
  | 'releaseAgain';

export type StreamColumn = keyof typeof STREAM_EVENTS;

/** Does not compile when an event type is in no column. */
type Missing = Exclude<StreamEvent['type'], (typeof STREAM_EVENTS)[StreamColumn]['type']>;
export const STREAM_EVENTS_ARE_ALL: [Missing] extends [never] ? true : Missing = true;

/** What is wanted is looked at when the state is left. */
const WANTS_ONLY_NOTED = {
  'definition.changed: removed': '-',
  'definition.changed: disabled': '-',
  'definition.changed: input': '-',
  'definition.changed: title': '-',
  'assignment.changed: mine': '-',
  'assignment.changed: theirs': '-',
} as const;

/** So is the key. */
const OWNER_ONLY_NOTED = {
  'owner.changed: theirs': '-',
  'owner.changed: ours': '-',
  'owner.changed: vacant': '-',
  'owner.changed: vacant, heir s02': '-',
  'owner.changed: earlier': '-',
} as const;

/** A capture whose key or standing is lost dies at once. */
const LOST_IS_KILLED = {
  'owner.changed: theirs': 'killing: stream-stopped, capture.kill',
  'owner.changed: ours': '-',
  'owner.changed: vacant': 'killing: stream-stopped, capture.kill',
  'owner.changed: vacant, heir s02': 'killing: stream-stopped, capture.kill',
  'owner.changed: earlier': '-',
  'standing.gained: same': '-',
  'standing.gained: other': 'killing: stream-stopped, capture.kill',
  'standing.lost': 'killing: stream-stopped, capture.kill',
} as const;

/** No claim is under way. */
const NO_CLAIM = {
  'claim.won': '-',
  'claim.lost': '-',
  'claim.unknown': '-',
} as const;

/** No release is under way. */
const NO_RELEASE = {
  'release.won': '-',
  'release.lost': '-',
  'release.unknown': '-',
} as const;

/** No capture lives. */
const NO_CAPTURE = {
  'capture.live': '-',
  'capture.stalled': '-',
  'capture.failed': '-',
  'capture.remarked': '-',
  'capture.retried': '-',
  'capture.unreachable': '-',
  'capture.broken': '-',
  'capture.segment': '-',
  'capture.ended': '-',
} as const;

/** Nothing of ours to move. */
const NO_MOVE = {
  'move.requested: other': '-',
  'move.requested: here': '-',
} as const;

export const STREAM_TABLE: Table<StreamStateName, StreamColumn> = {
  stopped: {
    'definition.changed: removed': '-',
    'definition.changed: disabled': '-',
    'definition.changed: input': 'asking: start claim',
    'definition.changed: title': 'asking: start claim',
    'assignment.changed: mine': '-',
    'assignment.changed: theirs': '-',
    'owner.changed: theirs': '-',
    'owner.changed: ours': 'releasing: start release',
    'owner.changed: vacant': '-',
    'owner.changed: vacant, heir s02': '-',
    'owner.changed: earlier': '-',
    'standing.gained: same': '-',
    'standing.gained: other': '-',
    'standing.lost': '-',
    ...NO_MOVE,
    ...NO_CLAIM,
    ...NO_RELEASE,
    ...NO_CAPTURE,
  },
  watching: {
    'definition.changed: removed': 'stopped',
    'definition.changed: disabled': 'stopped',
    'definition.changed: input': '-',
    'definition.changed: title': '-',
    'assignment.changed: mine': '-',
    'assignment.changed: theirs': '-',
    'owner.changed: theirs': '-',
    'owner.changed: ours': 'running: stream-claimed, start capture',
    'owner.changed: vacant': 'asking: start claim',
    'owner.changed: vacant, heir s02': 'grace',
    'owner.changed: earlier': '-',
    'standing.gained: same': '-',
    'standing.gained: other': '-',
    'standing.lost': '-',
    ...NO_MOVE,
    ...NO_CLAIM,
    ...NO_RELEASE,
    ...NO_CAPTURE,
  },
  grace: {
    'definition.changed: removed': 'stopped',
    'definition.changed: disabled': 'stopped',
    'definition.changed: input': '-',
    'definition.changed: title': '-',
    'assignment.changed: mine': '-',
    'assignment.changed: theirs': 'watching',
    'owner.changed: theirs': 'watching',
    'owner.changed: ours': 'running: stream-claimed, start capture',
    'owner.changed: vacant': 'asking: start claim',
    'owner.changed: vacant, heir s02': '-',
    'owner.changed: earlier': 'watching',
    'standing.gained: same': '-',
    'standing.gained: other': '-',
    'standing.lost': 'watching',
    ...NO_MOVE,
    ...NO_CLAIM,
    ...NO_RELEASE,
    ...NO_CAPTURE,
  },
  asking: {
    // Noted, and looked at when the outcome is known.
    ...WANTS_ONLY_NOTED,
    ...OWNER_ONLY_NOTED,
    'standing.gained: same': '-',
    'standing.gained: other': 'asking: start claim',
    'standing.lost': 'watching',
    ...NO_MOVE,
    'claim.won': 'running: stream-claimed, start capture',
    'claim.lost': 'watching',
    'claim.unknown': 'askAgain',
    ...NO_RELEASE,
    ...NO_CAPTURE,
  },
  askAgain: {
    // A claim in flight is never dropped: it may have landed. Only its outcome, or losing standing, ends it.
    ...WANTS_ONLY_NOTED,
    'owner.changed: theirs': 'asking: start claim',
    'owner.changed: ours': 'asking: start claim',
    'owner.changed: vacant': 'asking: start claim',
    'owner.changed: vacant, heir s02': 'asking: start claim',
    'owner.changed: earlier': '-',
    'standing.gained: same': '-',
    'standing.gained: other': 'asking: start claim',
    'standing.lost': 'watching',
    ...NO_MOVE,
    'claim.won': 'running: stream-claimed, start capture',
    'claim.lost': 'watching',
    'claim.unknown': '-',
    ...NO_RELEASE,
    ...NO_CAPTURE,
  },
  running: {
    'definition.changed: removed': 'stopping: capture.stop',
    'definition.changed: disabled': 'stopping: capture.stop',
    'definition.changed: input': 'restarting: stream-restarted, capture.stop',
    'definition.changed: title': '-',
    'assignment.changed: mine': '-',
    'assignment.changed: theirs': 'stopping: capture.stop',
    ...LOST_IS_KILLED,
    'move.requested: other': 'stopping: capture.stop',
    'move.requested: here': '-',
    ...NO_CLAIM,
    ...NO_RELEASE,
    'capture.live': 'running: stream-live',
    'capture.stalled': 'running: stream-stalled',
    'capture.failed': 'running: stream-source-error',
    'capture.remarked': 'running: stream-remarked',
    'capture.retried': '-',
    'capture.unreachable': 'stopping: capture.stop',
    'capture.broken': 'running: broken',
    'capture.segment': 'running: segment',
    'capture.ended': 'running: start capture',
  },
  restarting: {
    'definition.changed: removed': 'stopping: capture.stop',
    'definition.changed: disabled': 'stopping: capture.stop',
    'definition.changed: input': '-',
    'definition.changed: title': '-',
    'assignment.changed: mine': '-',
    'assignment.changed: theirs': 'stopping: capture.stop',
    ...LOST_IS_KILLED,
    'move.requested: other': 'stopping: capture.stop',
    'move.requested: here': '-',
    ...NO_CLAIM,
    ...NO_RELEASE,
    'capture.live': '-',
    'capture.stalled': '-',
    'capture.failed': '-',
    'capture.remarked': '-',
    'capture.retried': '-',
    'capture.unreachable': '-',
    'capture.broken': 'restarting: broken',
    'capture.segment': 'restarting: segment',
    'capture.ended': 'running: start capture',
  },
  stopping: {
    // Under way, and not turned back: the source may already be released.
    ...WANTS_ONLY_NOTED,
    ...LOST_IS_KILLED,
    ...NO_MOVE,
    ...NO_CLAIM,
    ...NO_RELEASE,
    'capture.live': '-',
    'capture.stalled': '-',
    'capture.failed': '-',
    'capture.remarked': '-',
    'capture.retried': '-',
    'capture.unreachable': '-',
    'capture.broken': 'stopping: broken',
    'capture.segment': 'stopping: segment',
    'capture.ended': 'releasing: start release',
  },
  killing: {
    // Waits for the death of ffmpeg, whatever else happens.
    ...WANTS_ONLY_NOTED,
    ...OWNER_ONLY_NOTED,
    'standing.gained: same': '-',
    'standing.gained: other': '-',
    'standing.lost': '-',
    ...NO_MOVE,
    ...NO_CLAIM,
    ...NO_RELEASE,
    'capture.live': '-',
    'capture.stalled': '-',
    'capture.failed': '-',
    'capture.remarked': '-',
    'capture.retried': '-',
    'capture.unreachable': '-',
    'capture.broken': 'killing: broken',
    'capture.segment': '-',
    'capture.ended': 'watching',
  },
  releasing: {
    // Not taken up again before the write is settled: it may land after a new capture has begun.
    ...WANTS_ONLY_NOTED,
    'owner.changed: theirs': 'watching: stream-handed-back',
    'owner.changed: ours': '-',
    'owner.changed: vacant': 'watching: stream-handed-back',
    'owner.changed: vacant, heir s02': 'watching: stream-handed-back',
    'owner.changed: earlier': '-',
    'standing.gained: same': '-',
    'standing.gained: other': 'watching',
    'standing.lost': 'watching',
    ...NO_MOVE,
    ...NO_CLAIM,
    'release.won': 'watching: stream-handed-back',
    'release.lost': 'watching: stream-handed-back',
    'release.unknown': 'releaseAgain',
    ...NO_CAPTURE,
  },
  releaseAgain: {
    ...WANTS_ONLY_NOTED,
    'owner.changed: theirs': 'watching: stream-handed-back',
    'owner.changed: ours': '-',
    'owner.changed: vacant': 'watching: stream-handed-back',
    'owner.changed: vacant, heir s02': 'watching: stream-handed-back',
    'owner.changed: earlier': '-',
    'standing.gained: same': '-',
    'standing.gained: other': 'watching',
    'standing.lost': 'watching',
    ...NO_MOVE,
    ...NO_CLAIM,
    'release.won': 'watching: stream-handed-back',
    'release.lost': 'watching: stream-handed-back',
    'release.unknown': '-',
    ...NO_CAPTURE,
  },
};
