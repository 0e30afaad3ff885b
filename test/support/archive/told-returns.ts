import type { ReturnsTold } from '../../../src/archive/operating/returns-told.ts';

/** What s01 tells: it pulls from s02, one pack is stuck, and it holds something of s03. */
export const RETURNS = {
  pulling: {
    ...{ state: 'running', rateBytes: 200, returnedPacks: 6, returnedBytes: 6000 },
    inWork: [
      {
        ...{ stream: 'cam01', from: 's02', bytes: 1000, doneBytes: 250, step: 'fetched' },
        pack: { epoch: 7, firstNumber: 1, startMs: Date.UTC(2026, 10, 22, 6) },
      },
    ],
    from: [
      {
        ...{ server: 's02', packs: 4, bytes: 4000, oldestMs: Date.UTC(2026, 10, 22, 6) },
        ...{ returned: { packs: 6, bytes: 6000 }, bytesASecond: 50, doneInMs: 80_000 },
      },
    ],
    stuck: [
      {
        ...{ stream: 'cam02', from: 's02', why: 'three copies differed', sinceMs: Date.UTC(2026, 10, 22, 8) },
        pack: { epoch: 8, firstNumber: 1, startMs: Date.UTC(2026, 10, 22, 7) },
      },
    ],
  },
  owing: [
    {
      ...{ home: 's03', packs: 7, bytes: 7000, oldestMs: Date.UTC(2026, 10, 22, 5) },
      ...{ resting: { packs: 1, bytes: 800 }, released: { packs: 1, bytes: 900 }, adopted: { packs: 0, bytes: 0 } },
    },
  ],
} as const satisfies ReturnsTold;
