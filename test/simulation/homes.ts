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

/** How long a home may be away in a run. */
export const ADOPT_MS = 20_000;
/** Clocks are wrong by 1 %, and a server that is back is seen a little later. */
const TOLERANCE_MS = 2000;

/** What the bucket `servers` said of each server, on the time of the simulated world. */
export class Presences {
  readonly #since = new Map<string, { readonly isDown: boolean; readonly atMs: number }>();

  landed(server: string, isDown: boolean, atMs: number): void {
    if (this.#since.get(server)?.isDown !== isDown) this.#since.set(server, { isDown, atMs });
  }

  /** Whether the server has been down for long enough, or has just come back. */
  isGone(server: string, nowMs: number): boolean {
    const { isDown, atMs } = this.#since.get(server) ?? { isDown: false, atMs: 0 };
    return isDown ? nowMs - atMs > ADOPT_MS - TOLERANCE_MS : nowMs - atMs < TOLERANCE_MS;
  }
}

/** O12: what is wrong with a record that its owner has rewritten. `claim`: the revision of what it replaces. */
export function rewriteProblem(record: OwnerRecord, before: OwnerRecord, claim: number): string | undefined {
  if (record.session === null || before.session === null) return 'no owner has written it';
  const { home: now, epoch, ...rest } = record;
  const { home: then, epoch: earlier, ...same } = before;
  if (JSON.stringify(rest) !== JSON.stringify(same)) return 'it says more than another home';
  if (now !== record.server || now === (then ?? before.server)) return `its home is ${now}, and was ${then}`;
  return epoch === (earlier ?? claim) ? undefined : `its epoch is ${epoch}`;
}
