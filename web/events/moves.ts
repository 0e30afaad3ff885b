import type { HerdEvent } from '../../src/domain/herd-event.ts';

export interface Move {
  readonly stream: string;
  readonly at: string;
  /** `undefined`: it is not known which server had it before. */
  readonly from: string | undefined;
  readonly to: string;
  /** Why that server has it now. */
  readonly why: string;
}

export interface CausedMoves {
  /** One sentence, the same for all of them. */
  readonly cause: string;
  /** What began it, if one event did. */
  readonly event: HerdEvent | undefined;
  readonly moves: readonly Move[];
}

/** Of what the moves of a time are found, and their causes. */
export const KINDS_OF_MOVES = [
  'stream-claimed',
  'stream-handed-back',
  'stream-stopped',
  'operator-acted',
  'server-draining',
  'server-undrained',
  'server-evicted',
  'server-left',
  'server-fenced',
  'server-joined',
  'server-cannot-store',
  'server-cannot-capture',
  'bus-amnesia',
] as const;

/** Events that take the streams of a server away. A server that is evicted tells it of itself too late, so others do. */
const TAKES_AWAY = new Set([
  'server-evicted',
  'server-left',
  'server-fenced',
  'server-draining',
  'server-cannot-store',
  'server-cannot-capture',
]);
/** An order is carried out at once; a lost server is noticed within minutes at most. */
const ORDER_WITHIN_MS = 60_000;
const LOSS_WITHIN_MS = 300_000;

/**
 * What moved between two times, grouped by what caused it: most recent first. `events`: of the kinds above, oldest first, best from
 * some time before `fromIso`, so that it is known which server had a stream before.
 */
export function causedMoves(events: readonly HerdEvent[], fromIso: string, untilIso: string): readonly CausedMoves[] {
  const owners = new Map<string, string>();
  const groups = new Map<string, { cause: string; event: HerdEvent | undefined; moves: Move[] }>();
  for (const [index, event] of events.entries()) {
    const { kind, stream, server, at, why } = event;
    if (kind !== 'stream-claimed' || stream === undefined) continue;
    const from = owners.get(stream);
    owners.set(stream, server);
    if (from === server || at < fromIso || at > untilIso) continue;
    const { cause, began } = causeOf(events.slice(0, index), event, from);
    const key = began === undefined ? cause : `${began.at} ${began.kind} ${cause}`;
    const group = groups.get(key) ?? { cause, event: began, moves: [] };
    group.moves.push({ stream, at, from, to: server, why });
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => (lastAt(a.moves) < lastAt(b.moves) ? 1 : -1));
}

function causeOf(
  before: readonly HerdEvent[],
  claim: HerdEvent,
  from: string | undefined,
): { readonly cause: string; readonly began: HerdEvent | undefined } {
  const claimedMs = Date.parse(claim.at);
  const within = (event: HerdEvent, ms: number) => claimedMs - Date.parse(event.at) <= ms;
  const order = before.findLast(({ kind, stream }) => kind === 'operator-acted' && stream === claim.stream);
  if (order !== undefined && within(order, ORDER_WITHIN_MS)) {
    return { cause: `${order.by ?? 'an operator'} has moved it`, began: undefined };
  }
  const loss = before.findLast((event) => TAKES_AWAY.has(event.kind) && (event.subject ?? event.server) === from);
  if (from !== undefined && loss !== undefined && within(loss, LOSS_WITHIN_MS)) {
    return { cause: `${from}: ${CAUSES[loss.kind] ?? loss.kind}: ${loss.why}`, began: loss };
  }
  const back = before.findLast(({ kind, stream }) => kind === 'stream-handed-back' && stream === claim.stream);
  if (back !== undefined && within(back, ORDER_WITHIN_MS)) return { cause: back.why, began: undefined };
  return { cause: claim.why, began: undefined };
}

const CAUSES: Readonly<Record<string, string>> = {
  'server-evicted': 'it was lost',
  'server-left': 'it has left',
  'server-fenced': 'it lost its standing',
  'server-draining': 'it was drained',
  'server-cannot-store': 'it could store nothing',
  'server-cannot-capture': 'it could capture nothing',
};

function lastAt(moves: readonly Move[]): string {
  return moves.at(-1)?.at ?? '';
}

/** From 18:00 yesterday until now, or until 8:00 today if that is over; times of this computer's zone. */
export function lastNight(now: Date): { readonly from: string; readonly until: string } {
  const [evening, morning] = [new Date(now), new Date(now)];
  evening.setDate(evening.getDate() - 1);
  evening.setHours(18, 0, 0, 0);
  morning.setHours(8, 0, 0, 0);
  return { from: evening.toISOString(), until: (morning < now ? morning : now).toISOString() };
}
