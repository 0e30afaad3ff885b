import type { StreamDefinition } from '../../src/domain/definition/stream-definition.ts';
import type { OwnedRecord } from '../../src/domain/records/owner-record.ts';
import { NUMBERS_SINCE_MS } from '../../src/domain/segments/segment-number.ts';
import type { Assignment, OwnerView, StreamEvent, StreamInput } from '../../src/machines/stream-contract.ts';
import type { Entry } from '../../src/nats/buckets/store.ts';

export const SERVER = 's01';
export const SESSION = 'session-1';
export const OTHER_SESSION = 'session-2';

export const DEFINITION: StreamDefinition = {
  inputs: ['rtsp://camera/1'],
  title: 'Gate 3',
  disabled: false,
  weight: 1,
  appliedFrom: [],
};

export const MINE: Assignment = { mine: true, others: ['s02', 's03'], why: 's01 is furthest below its share (2 of 3)' };
export const THEIRS: Assignment = {
  mine: false,
  heir: 's02',
  others: ['s02', 's03'],
  why: 'its capture_at host s02 has stood for 5 s',
};

export function owner(epoch: number, extra: Partial<OwnerView> = {}): OwnerView {
  return { epoch, server: null, session: null, live: false, failedBy: [], unfitBy: [], ...extra };
}

export function ownedBy(server: string, session: string, epoch: number): OwnerView {
  return owner(epoch, { server, session, live: true });
}

/** As a view shows what a bucket has. */
export function ownerSeen({ revision, text }: Entry): StreamEvent {
  const { server, session }: Partial<OwnedRecord> = text === null ? {} : JSON.parse(text);
  const shown = server && session ? ownedBy(server, session, revision) : owner(revision);
  return { type: 'owner.changed', owner: shown };
}

export function streamInput(extra: Partial<StreamInput> = {}): StreamInput {
  return {
    stream: 'cam1',
    server: SERVER,
    folder: '/data',
    segmentMs: 2000,
    times: { heirGraceMs: 1000, sourceTimeoutMs: 10_000 },
    world: {
      now: () => NUMBERS_SINCE_MS + 2_000_000,
      random: () => 0.5,
      highestNumber: () => undefined,
      soundOf: () => undefined,
      pushes: () => [],
      discontinuities: () => undefined,
      rosterRevision: () => 1,
    },
    ...extra,
  };
}
