import type { MembershipEvent } from '../../src/machines/membership.ts';

export type MembershipState =
  | 'joining'
  | 'waiting'
  | 'standing'
  | 'draining'
  | 'handingBack'
  | 'leaving'
  | 'fenced'
  | 'resting'
  | 'refused'
  | 'ended';

/** `-`: the event means nothing there. `stays`: something is done or told, and the state stays. */
export type Outcome = MembershipState | 'stays' | '-';

/** Every state × every event. The compiler refuses a table with a hole. */
export const MEMBERSHIP_TABLE: Readonly<Record<MembershipState, Readonly<Record<MembershipEvent['type'], Outcome>>>> = {
  joining: {
    'session.opened': 'stays',
    'join.waiting': 'waiting',
    'join.refused': 'refused',
    'standing.gained': 'standing',
    'standing.changed': 'stays',
    'standing.lost': 'fenced',
    'roster.changed': 'stays',
    'session.pledged': 'stays',
    'session.evicted': 'stays',
    'session.left': 'ended',
    'drain.ordered': 'stays',
    'drain.revoked': 'stays',
    'leave.ordered': 'leaving',
    'captures.ended': '-',
  },
  waiting: {
    'session.opened': 'stays',
    'join.waiting': '-',
    'join.refused': 'refused',
    'standing.gained': 'standing',
    'standing.changed': 'stays',
    'standing.lost': 'fenced',
    'roster.changed': 'stays',
    'session.pledged': 'stays',
    'session.evicted': 'stays',
    'session.left': 'ended',
    'drain.ordered': 'stays',
    'drain.revoked': 'stays',
    'leave.ordered': 'leaving',
    'captures.ended': '-',
  },
  standing: {
    'session.opened': 'stays',
    'join.waiting': '-',
    'join.refused': '-',
    'standing.gained': '-',
    'standing.changed': 'stays',
    'standing.lost': 'fenced',
    'roster.changed': 'stays',
    'session.pledged': 'stays',
    'session.evicted': 'stays',
    'session.left': 'ended',
    'drain.ordered': 'draining',
    'drain.revoked': '-',
    'leave.ordered': 'handingBack',
    'captures.ended': '-',
  },
  draining: {
    'session.opened': 'stays',
    'join.waiting': '-',
    'join.refused': '-',
    'standing.gained': '-',
    'standing.changed': 'stays',
    'standing.lost': 'fenced',
    'roster.changed': 'stays',
    'session.pledged': 'stays',
    'session.evicted': 'stays',
    'session.left': 'ended',
    'drain.ordered': '-',
    'drain.revoked': 'standing',
    'leave.ordered': 'handingBack',
    'captures.ended': '-',
  },
  handingBack: {
    'session.opened': 'stays',
    'join.waiting': '-',
    'join.refused': '-',
    'standing.gained': '-',
    'standing.changed': 'stays',
    'standing.lost': 'fenced',
    'roster.changed': 'stays',
    'session.pledged': 'stays',
    'session.evicted': 'stays',
    'session.left': 'ended',
    'drain.ordered': '-',
    'drain.revoked': '-',
    'leave.ordered': 'stays',
    'captures.ended': 'leaving',
  },
  leaving: {
    'session.opened': 'stays',
    'join.waiting': '-',
    'join.refused': '-',
    'standing.gained': '-',
    'standing.changed': 'stays',
    'standing.lost': 'fenced',
    'roster.changed': 'stays',
    'session.pledged': 'stays',
    'session.evicted': 'stays',
    'session.left': 'ended',
    'drain.ordered': '-',
    'drain.revoked': '-',
    'leave.ordered': '-',
    'captures.ended': '-',
  },
  fenced: {
    'session.opened': '-',
    'join.waiting': '-',
    'join.refused': '-',
    'standing.gained': '-',
    'standing.changed': '-',
    'standing.lost': '-',
    'roster.changed': '-',
    'session.pledged': '-',
    'session.evicted': '-',
    'session.left': '-',
    'drain.ordered': 'stays',
    'drain.revoked': 'stays',
    'leave.ordered': 'stays',
    'captures.ended': 'resting',
  },
  resting: {
    'session.opened': '-',
    'join.waiting': '-',
    'join.refused': '-',
    'standing.gained': '-',
    'standing.changed': '-',
    'standing.lost': '-',
    'roster.changed': '-',
    'session.pledged': '-',
    'session.evicted': '-',
    'session.left': '-',
    'drain.ordered': 'stays',
    'drain.revoked': 'stays',
    'leave.ordered': 'ended',
    'captures.ended': '-',
  },
  refused: nothing(),
  ended: nothing(),
};

/** A final state takes no event. */
function nothing(): Readonly<Record<MembershipEvent['type'], Outcome>> {
  return {
    'session.opened': '-',
    'join.waiting': '-',
    'join.refused': '-',
    'standing.gained': '-',
    'standing.changed': '-',
    'standing.lost': '-',
    'roster.changed': '-',
    'session.pledged': '-',
    'session.evicted': '-',
    'session.left': '-',
    'drain.ordered': '-',
    'drain.revoked': '-',
    'leave.ordered': '-',
    'captures.ended': '-',
  };
}
