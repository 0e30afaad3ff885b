import type { OwnerRecord } from '../../src/domain/records/owner-record.ts';

/** Sentences of hand-backs after which the stream stays where it goes. */
const FOR_GOOD: readonly RegExp[] = [
  /^an operator moves it$/,
  /^its (?:capture_at host|home) \S+ (?:has stood for|is up)/,
];
const EVENS_OUT = /^\S+ has more than its share/;

/**
 * O11: which home is wrong in the record that replaces `before`, judged by the sentence that it gives. It knows nothing of how the code
 * decides. `undefined`: it is right.
 */
export function homeProblem(
  record: OwnerRecord,
  before: OwnerRecord | undefined,
  captureAt?: string,
): string | undefined {
  const expected =
    record.session === null ? homeHandedOn(record, before, captureAt) : homeClaimed(record, before, captureAt);
  return record.home === expected ? undefined : `its home is ${record.home}, and should be ${expected}`;
}

function homeClaimed({ server }: OwnerRecord, before: OwnerRecord | undefined, captureAt?: string) {
  const own = server ?? undefined;
  return captureAt === server ? own : (homeIn(before) ?? own);
}

function homeHandedOn(
  { why, heir }: OwnerRecord & { session: null },
  before: OwnerRecord | undefined,
  captureAt?: string,
) {
  const isAtHome = before?.server === (captureAt ?? homeIn(before));
  const isForGood = FOR_GOOD.some((sentence) => sentence.test(why)) || (EVENS_OUT.test(why) && isAtHome);
  return isForGood ? heir : homeIn(before);
}

function homeIn(record: OwnerRecord | undefined): string | undefined {
  return record?.home ?? record?.server ?? undefined;
}
