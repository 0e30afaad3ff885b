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
    title: 'what two servers have is listed side by side',
    from: 5,
    promises: ['A3'] as const,
    plant: () => ({ servers: 3, isRecorded: true, sabotage: { recording: { listsAll: true } } }),
  },
  {
    title: 'a server lists only what it is the home of',
    from: 3,
    promises: ['A4'] as const,
    plant: () => ({ servers: 3, isRecorded: true, sabotage: { recording: { listsOnlyOwn: true } } }),
  },
  {
    title: 'a holder does not tell what has returned from it',
    from: 8,
    promises: ['A4'] as const,
    plant: () => ({ servers: 3, isRecorded: true, sabotage: { recording: { forgetsReturned: true } } }),
  },
  {
    title: 'a server that has fetched a pack records its own segments late',
    from: 5,
    promises: ['A6'] as const,
    plant: () => ({ servers: 3, isRecorded: true, sabotage: { recording: { recordsLateMs: 25_000 } } }),
  },
  {
    title: 'syncs of a disk do nothing',
    from: 2,
    promises: LOST,
    plant: () => ({ servers: 3, isRecorded: true, sabotage: { recording: { neverSyncs: true } } }),
  },
];
