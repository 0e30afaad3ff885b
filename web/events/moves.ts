import { type HerdEvent, moveOrder } from '../../src/domain/herd-event.ts';

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
const ONE_CAUSE_MS = 600_000;
const TOLD_WITHIN_MS = 5000;

/**
 * What moved between two times, grouped by what caused it: most recent first. `events`: of the kinds above, oldest first, best from
 * some time before `fromIso`, so that it is known which server had a stream before.
 */
export function causedMoves(events: readonly HerdEvent[], fromIso: string, untilIso: string): readonly CausedMoves[] {
  const owners = new Map<string, string>();
  /** How each stream was given up since it was claimed. */
  const released = new Map<string, HerdEvent>();
  const groups: { cause: string; event: HerdEvent | undefined; moves: Move[] }[] = [];
  for (const [index, event] of events.entries()) {
    const { kind, stream, server, at, why } = event;
    if (stream === undefined) continue;
    if (isRelease(event) && server === owners.get(stream)) released.set(stream, event);
    if (kind !== 'stream-claimed') continue;
    const from = owners.get(stream);
    const release = released.get(stream) ?? laterRelease(events, index, from);
    owners.set(stream, server);
    released.delete(stream);
    if (from === server || at < fromIso || at > untilIso) continue;
    const { cause, began } = causeOf(events, index, from, release);
    // The same cause hours later is another one.
    const isOne = (moves: readonly Move[]) => Date.parse(at) - Date.parse(lastAt(moves)) <= ONE_CAUSE_MS;
    const known = groups.findLast((group) => group.cause === cause && group.event === began && isOne(group.moves));
    const group = known ?? { cause, event: began, moves: [] };
    if (known === undefined) groups.push(group);
    group.moves.push({ stream, at, from, to: server, why });
  }
  return groups.sort((a, b) => (lastAt(a.moves) < lastAt(b.moves) ? 1 : -1));
}

function isRelease({ kind }: HerdEvent): boolean {
  return kind === 'stream-handed-back' || kind === 'stream-stopped';
}

/** The two servers tell of a hand-back on their own, so the claim may stand before it in the log. */
function laterRelease(events: readonly HerdEvent[], index: number, from: string | undefined): HerdEvent | undefined {
  const claim = events[index];
  const untilMs = Date.parse(claim?.at ?? '') + TOLD_WITHIN_MS;
  for (let at = index + 1; at < events.length; at += 1) {
    const event = events[at];
    if (event === undefined || Date.parse(event.at) > untilMs) return undefined;
    if (isRelease(event) && event.stream === claim?.stream && event.server === from) return event;
  }
  return undefined;
}

interface Cause {
  readonly cause: string;
  readonly began: HerdEvent | undefined;
}

/** @param index of the claim. */
function causeOf(
  events: readonly HerdEvent[],
  index: number,
  from: string | undefined,
  release: HerdEvent | undefined,
): Cause {
  const claim = events[index];
  const ordered = moveOrder(claim?.server ?? '');
  const order = lastBefore(
    events,
    index,
    ORDER_WITHIN_MS,
    ({ kind, stream, why }) => kind === 'operator-acted' && stream === claim?.stream && why === ordered,
  );
  if (order !== undefined) {
    return { cause: `${order.by ?? 'an operator'} has moved it`, began: undefined };
  }
  if (from === undefined) return { cause: NEW, began: undefined };
  const isLoss = ({ kind, subject, server }: HerdEvent) => TAKES_AWAY.has(kind) && (subject ?? server) === from;
  const loss = lastBefore(events, index, LOSS_WITHIN_MS, isLoss);
  if (loss !== undefined) {
    return { cause: `${from}: ${CAUSES[loss.kind] ?? loss.kind}: ${loss.why}`, began: loss };
  }
  if (release !== undefined) return { cause: releaseText(release.why), began: undefined };
  // A process that was killed tells nothing: its warden does, to the other servers.
  return { cause: `${from}: it was lost, and handed nothing back`, began: undefined };
}

/** A stream that is pinned and one that is not return for one reason, which is told in two ways. */
function releaseText(why: string): string {
  const [, home] = /^its (?:home|capture_at host) (\S+) (?:has stood for|is up)/.exec(why) ?? [];
  return home === undefined ? why : `${home}: it was back, and got back what belongs there`;
}

/** Looks back for so long only: a log may have ten thousand events. */
function lastBefore(
  events: readonly HerdEvent[],
  index: number,
  withinMs: number,
  isWanted: (event: HerdEvent) => boolean,
): HerdEvent | undefined {
  const sinceMs = Date.parse(events[index]?.at ?? '') - withinMs;
  for (let at = index - 1; at >= 0; at -= 1) {
    const event = events[at];
    if (event === undefined || Date.parse(event.at) < sinceMs) return undefined;
    if (isWanted(event)) return event;
  }
  return undefined;
}

const NEW = 'its capture began: no server had it before, as far as the log goes back';
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
