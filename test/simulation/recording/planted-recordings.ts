/** What breaks where a pack is erased too early. */
const LOST = ['A1', 'A2'] as const;

/** Rules of the return that are taken away. */
export const PLANTED_RECORDINGS = [
  {
    title: 'a home confirms recordings that it has not fetched',
    from: 19,
    promises: LOST,
    plant: () => ({ servers: 3, isRecorded: true, sabotage: { recording: { confirmsAtOnce: true } } }),
  },
  {
    title: 'a home that lost its disk answers the second question from memory',
    from: 11,
    promises: LOST,
    plant: () => ({
      ...{ servers: 2, streams: 3, among: ['hostLoss'] as const, everyMs: 10_000, isRecorded: true },
      sabotage: { recording: { confirmsByMemory: true, disksDie: true } },
    }),
  },
  {
    title: 'syncs of a disk do nothing',
    from: 2,
    promises: LOST,
    plant: () => ({ servers: 3, isRecorded: true, sabotage: { recording: { neverSyncs: true } } }),
  },
];
