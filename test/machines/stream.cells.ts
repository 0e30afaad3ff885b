// What rows of the table of streams have in common.

/** What is wanted is looked at when the state is left. */
export const WANTS_ONLY_NOTED = {
  'definition.changed: removed': '-',
  'definition.changed: disabled': '-',
  'definition.changed: input': '-',
  'definition.changed: title': '-',
  'assignment.changed: mine': '-',
  'assignment.changed: theirs': '-',
} as const;

/** So is the key. */
export const OWNER_ONLY_NOTED = {
  'owner.changed: theirs': '-',
  'owner.changed: claimed': '-',
  'owner.changed: ours': '-',
  'owner.changed: vacant': '-',
  'owner.changed: vacant, heir s02': '-',
  'owner.changed: earlier': '-',
} as const;

/** A capture whose key or standing is lost dies at once. */
export const LOST_IS_KILLED = {
  'owner.changed: theirs': 'killing: stream-stopped, capture.kill',
  'owner.changed: claimed': '-',
  'owner.changed: ours': '-',
  'owner.changed: vacant': 'killing: stream-stopped, capture.kill',
  'owner.changed: vacant, heir s02': 'killing: stream-stopped, capture.kill',
  'owner.changed: earlier': '-',
  'standing.gained: same': '-',
  'standing.gained: other': 'killing: stream-stopped, capture.kill',
  'standing.lost': 'killing: stream-stopped, capture.kill',
} as const;

/** No claim is under way. */
export const NO_CLAIM = {
  'claim.won': '-',
  'claim.lost': '-',
  'claim.unknown': '-',
} as const;

/** No release is under way. */
export const NO_RELEASE = {
  'release.won': '-',
  'release.lost': '-',
  'release.unknown': '-',
} as const;

/** No capture lives. */
export const NO_CAPTURE = {
  'capture.live': '-',
  'capture.stalled': '-',
  'capture.failed': '-',
  'capture.remarked': '-',
  'capture.sounded': '-',
  'capture.sounded: encodes': '-',
  'capture.retried': '-',
  'capture.unreachable': '-',
  'capture.broken': '-',
  'capture.segment': '-',
  'capture.pushed': '-',
  'capture.ended': '-',
} as const;

/** Nothing of ours to move. */
export const NO_MOVE = {
  'move.requested: other': '-',
  'move.requested: here': '-',
} as const;
