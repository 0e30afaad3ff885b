import { MessageChannel } from 'node:worker_threads';
import type { ArchiveDesk, ToDesk } from '../../../src/archive/archive-calls.ts';
import { ArchiveClient } from '../../../src/archive/archive-client.ts';
import { answerOf, archiveDesk } from '../../../src/archive/archive-desk.ts';
import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import { ListedSegments } from '../../../src/archive/catalogue/listed-segments.ts';
import { HerdHomes } from '../../../src/archive/herd-homes.ts';
import { OperatorDesk } from '../../../src/archive/operating/operator-desk.ts';
import { type PullingDesk, ReturnsDesk } from '../../../src/archive/operating/returns-desk.ts';
import type { ReturnsTold } from '../../../src/archive/operating/returns-told.ts';
import { Holder } from '../../../src/archive/releasing/holder.ts';
import { Verification } from '../../../src/archive/verification/verification.ts';
import type { Told } from '../../../src/domain/herd-event.ts';
import { type Clock, PROCESS_CLOCK } from '../../../src/host/clock.ts';
import type { MemoryDisk } from './memory-disk.ts';

/** Asks the desk over a real port, as another thread does. */
export function deskClient(desk: ArchiveDesk): ArchiveClient & Disposable {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (message: ToDesk) => void answerOf(desk, message).then((answer) => port1.postMessage(answer)));
  const client = new ArchiveClient();
  client.connect(port2);
  return Object.assign(client, { [Symbol.dispose]: () => port1.close() });
}

/** The archive of a server on a disk in memory, without a recorder. */
export async function deskOnDisk(
  disk: MemoryDisk,
  {
    server = 's01',
    clock = PROCESS_CLOCK,
    pulling = NOT_PULLING,
  }: { readonly server?: string; readonly clock?: Clock; readonly pulling?: PullingDesk | undefined } = {},
) {
  const told: Told[] = [];
  const catalogue = new Catalogue({ disk, server, onProblem: () => {} });
  await catalogue.load(['/disk']);
  const verification = new Verification({
    ...{ disk, clock, catalogue, recorderDelayMs: () => 0, onProblem: () => {} },
    tell: (event) => told.push(event),
  });
  let doubt: string | undefined = 'the clock is 9 h ahead of what it was before';
  const figures = () => ({ ...FIGURES, clockDoubt: doubt });
  const holder = new Holder({
    ...{ disk, promptDisk: disk, clock, catalogue, server, herd: new HerdHomes(clock.now), onProblem: () => {} },
    ...{ ruleOf: () => undefined, isClockInDoubt: () => false },
    returning: { graceMs: 3_600_000, adoptMs: null },
  });
  holder.releasing.end();
  const { owing } = holder;
  const returns = new ReturnsDesk({ clock, pulling, owing, tell: (event) => told.push(event) });
  const operators = new OperatorDesk({
    ...{ disk, clock, catalogue, verification, returns, figures },
    confirmClock: () => {
      const was = doubt;
      doubt = undefined;
      return was;
    },
  });
  const listed = new ListedSegments({ disk, catalogue, onProblem: () => {} });
  const playback = archiveDesk({ catalogue, listed, returns: holder.releasing });
  const desk = { ...playback, ...operators, ...holder.desk, ...returns, figures };
  return { desk, catalogue, verification, told };
}

/** Nothing returns, and nothing is owed. */
export const NO_RETURNS: ReturnsTold = {
  pulling: { state: 'waiting', inWork: [], from: [], stuck: [], returnedPacks: 0, returnedBytes: 0 },
  owing: [],
};

const NOT_PULLING: PullingDesk = {
  pulling: () => NO_RETURNS.pulling,
  order: async () => ({ is: 'missing', why: 'nothing returns to this server' }),
};

export const FIGURES = {
  roots: [{ root: '/disk', packs: 3, bytes: 5, freeBytes: 100, totalBytes: 200 }],
  ...{ streams: [], delayMs: 12, waitingSegments: 0, returns: NO_RETURNS },
};
