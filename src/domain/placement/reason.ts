import { match } from 'ts-pattern';
import type { ForGood } from '../records/stream-home.ts';
import type { Board, Line, Reason, Seat } from './board.ts';

/**
 * Whether a stream that moves for this reason moves for good. All other moves are emergencies: the new server stands in for the home. Of
 * streams that are away from home, one server may have more than its share; another that takes some of them stands in as well.
 */
export function forGoodBy(reason: Reason): ForGood | undefined {
  return match<Reason, ForGood | undefined>(reason)
    .with('home', () => 'always')
    .with('rebalanced', () => 'from-home')
    .with('home-vacant', 'awaits-home', 'stays', 'waits', 'nowhere', () => undefined)
    .with('heir', 'vacant', 'drained', 'failed', 'all-failed', () => undefined)
    .exhaustive();
}

/** The reason as one sentence for people. */
export function sentenceOf(line: Line): string {
  const { home, owner, seat } = line;
  const here = nameOf(seat);
  return match(line.reason)
    .with('home', () => `its ${homeWord(line)} ${here} ${stoodFor(seat)}`)
    .with('home-vacant', () => `its ${homeWord(line)} ${here} is there and no other server has it`)
    .with('awaits-home', () =>
      home?.unfit === true
        ? `${here} keeps it, because its ${homeWord(line)} ${nameOf(home)} ${UNFIT}`
        : `${here} keeps it until its ${homeWord(line)} ${nameOf(home)} ${home?.settled === true ? HAS_TO_CLAIM : hasToStand(home)}`,
    )
    .with('stays', () => `${here} has it already${awayOf(line)}`)
    .with('heir', () => `it was handed back for ${here} to take`)
    .with('vacant', () => `${furthestBelow(line)}${awayOf(line)}`)
    .with('drained', () => `${nameOf(owner)} ${notUp(owner)}, and ${furthestBelow(line)}`)
    .with('failed', () => `${nameOf(owner)} could not capture it lately, and ${furthestBelow(line)}`)
    .with('all-failed', () => `no server could capture it lately, so ${here} keeps trying`)
    .with(
      'rebalanced',
      () => `${nameOf(owner)} has more than its share (${weight(owner?.share)}), and ${furthestBelow(line)}`,
    )
    .with('waits', () => `${here} gives up only a few streams at a time, and this one waits its turn`)
    .with('nowhere', () => NOWHERE)
    .exhaustive();
}

const UNFIT = 'failed to capture others lately';
const HAS_TO_CLAIM = 'has claimed what was handed back for it';
const NOWHERE = 'there is no server that may take it';

/** Why a stream is placed nowhere, with what keeps a server that is there from taking it. */
export function nowhereSentence({ seats }: Board): string {
  const isUnfit = ({ server }: Seat) => server.state === 'up' && server.cannotCapture !== undefined;
  const unfit = seats.find(isUnfit) ?? seats.find(({ server }) => server.state === 'draining');
  return unfit === undefined ? NOWHERE : `${NOWHERE}: ${unfit.server.name} ${notUp(unfit)}`;
}

function homeWord({ isPinned }: Line): string {
  return isPinned ? 'capture_at host' : 'home';
}

function nameOf(seat: Seat | undefined): string {
  return seat?.server.name ?? 'no server';
}

function notUp(seat: Seat | undefined): string {
  const { cannotStore, cannotCapture } = seat?.server ?? {};
  if (cannotCapture !== undefined) return `can capture nothing (${cannotCapture})`;
  return cannotStore === undefined ? 'is draining' : `can store nothing (${cannotStore})`;
}

function stoodFor(seat: Seat | undefined): string {
  const ms = seat?.server.returnDelayMs ?? 0;
  return seat?.settled === true && ms > 0 ? `has stood for ${seconds(ms)}` : 'is up';
}

function hasToStand(seat: Seat | undefined): string {
  return `has stood for ${seconds(seat?.server.returnDelayMs ?? 0)} (${seconds(seat?.server.stoodForMs ?? 0)} so far)`;
}

/** "2 of 3": it carries 2 of its share of 3 before it takes this one. */
function furthestBelow(line: Line): string {
  return `${nameOf(line.seat)} is furthest below its share (${weight(line.loadBefore)} of ${weight(line.seat?.share)})`;
}

function awayOf(line: Line): string {
  const { captureAt, home: recorded, unknownHome } = line.stream;
  const name = captureAt ?? recorded;
  if (name === undefined || line.seat?.server.name === name) return '';
  if (unknownHome) return `, as its capture_at names ${name}, and no server of that name is known`;
  const home = `its ${homeWord(line)} ${name}`;
  if (line.home === undefined) return `, while ${home} is away`;
  if (!line.home.up) return `, while ${home} ${notUp(line.home)}`;
  if (line.failed?.has(name) || line.shunsHome) return `, because ${home} could not capture it lately`;
  if (line.home.unfit) return `, because ${home} ${UNFIT}`;
  return `, because ${home} has not stood long enough`;
}

function weight(value = 0): string {
  return String(Math.round(value * 10) / 10);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
