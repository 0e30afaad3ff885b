import { match } from 'ts-pattern';
import type { Board, Line, Seat } from './board.ts';

/** The reason as one sentence for people. */
export function sentenceOf(line: Line): string {
  const { home, owner, seat } = line;
  const here = nameOf(seat);
  return match(line.reason)
    .with('home', () => `its capture_at host ${here} ${stoodFor(seat)}`)
    .with('home-vacant', () => `its capture_at host ${here} is there and no other server has it`)
    .with('awaits-home', () =>
      home?.unfit === true
        ? `${here} keeps it, because its capture_at host ${nameOf(home)} ${UNFIT}`
        : `${here} keeps it until its capture_at host ${nameOf(home)} ${hasToStand(home)}`,
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
const NOWHERE = 'there is no server that may take it';

/** Why a stream is placed nowhere, with what keeps a server that is there from taking it. */
export function nowhereSentence({ seats }: Board): string {
  const isUnfit = ({ server }: Seat) => server.state === 'up' && server.cannotCapture !== undefined;
  const unfit = seats.find(isUnfit) ?? seats.find(({ server }) => server.state === 'draining');
  return unfit === undefined ? NOWHERE : `${NOWHERE}: ${unfit.server.name} ${notUp(unfit)}`;
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
  const { captureAt, unknownHome } = line.stream;
  if (captureAt === undefined) return '';
  if (unknownHome) return `, as its capture_at names ${captureAt}, and no server of that name is known`;
  if (line.home === undefined) return `, while its capture_at host ${captureAt} is away`;
  if (!line.home.up) return `, while its capture_at host ${captureAt} ${notUp(line.home)}`;
  if (line.failed?.has(captureAt)) return `, because its capture_at host ${captureAt} could not capture it lately`;
  if (line.home.unfit) return `, because its capture_at host ${captureAt} ${UNFIT}`;
  return `, because its capture_at host ${captureAt} has not stood long enough`;
}

function weight(value = 0): string {
  return String(Math.round(value * 10) / 10);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
