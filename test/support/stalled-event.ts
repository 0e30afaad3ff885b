import type { HerdEvent } from '../../src/domain/herd-event.ts';

/** An event that operators are told of. */
export const STALLED: HerdEvent = {
  ...{ at: '2026-11-22T06:00:00.000Z', kind: 'stream-stalled', server: 's1', session: 'x' },
  ...{ stream: 'cam1', why: 'no data' },
};
