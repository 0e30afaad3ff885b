import type { OwnerRecord } from '../../src/domain/records/owner-record.ts';
import type { StreamPlan } from './plan.ts';

/** What has happened to the streams so far. */
export interface OwnerHistory {
  wasDrained(server: string): boolean;
  /** The session's process was told to leave. */
  wasToldToLeave(session: string): boolean;
  hasFailed(stream: string, server: string): boolean;
  wasHeir(stream: string, server: string): boolean;
  /** Some stream was handed back for it to take. */
  wasAnHeir(server: string): boolean;
  hadIt(stream: string, server: string): boolean;
  /** The server was the stream's home at some time. */
  wasHome(stream: string, server: string): boolean;
}

/** What shows whether a reason is true. */
export interface Circumstances {
  readonly owners: OwnerHistory;
  readonly streams: readonly StreamPlan[];
  readonly lostDataMs: number | undefined;
  host(name: string): object | undefined;
}

/** A change of owner: which server takes or gives, and to which server. */
interface Change {
  readonly world: Circumstances;
  readonly stream: string;
  /** The server that writes: the claimant, or the owner that hands back. */
  readonly server: string;
  /** The session that the replaced record names; absent: it names none. */
  readonly before: string | undefined;
  /** The server that is to have the stream: the claimant, or the heir. */
  readonly to: string | undefined;
  readonly captureAt: string | undefined;
}

/** A sentence that `src/domain/placement/reason.ts` or `src/machines/` gives, and when it is true of what happened. */
interface Rule {
  readonly says: RegExp;
  isTrue(change: Change, one: string, two: string): boolean;
}

const goesTo = ({ to }: Change, named: string) => to === undefined || to === named;
const goesHome = (change: Change, named: string) => change.captureAt === named && goesTo(change, named);
const returns = (change: Change, named: string) =>
  change.captureAt === undefined && change.world.owners.wasHome(change.stream, named) && goesTo(change, named);
const drained = ({ world }: Change, server: string) =>
  world.owners.wasDrained(server) || world.host(server) === undefined;
const failed = ({ world, stream }: Change, server: string) => world.owners.hasFailed(stream, server);

/** What a claim or a hand-back may give as its reason: a line of the plan. */
const PLANNED: readonly Rule[] = [
  { says: /^(\S+) is furthest below its share \([\d.]+ of [\d.]+\)/, isTrue: goesTo },
  { says: /^(\S+) is draining, and (\S+) is furthest/, isTrue: (it, from, to) => drained(it, from) && goesTo(it, to) },
  {
    says: /^(\S+) could not capture it lately, and (\S+) is furthest/,
    isTrue: (it, from, to) => failed(it, from) && goesTo(it, to),
  },
  { says: /^(\S+) has more than its share \([\d.]+\), and (\S+) is furthest/, isTrue: (it, _, to) => goesTo(it, to) },
  { says: /^it was handed back for (\S+) to take$/, isTrue: (it, to) => it.world.owners.wasHeir(it.stream, to) },
  { says: /^its capture_at host (\S+) (?:has stood for|is up)/, isTrue: goesHome },
  { says: /^its capture_at host (\S+) is there and no other server has it$/, isTrue: goesHome },
  { says: /^its home (\S+) (?:has stood for|is up)/, isTrue: returns },
  { says: /^its home (\S+) is there and no other server has it$/, isTrue: returns },
  { says: /^(\S+) keeps it until its home (\S+) has stood/, isTrue: (it, by) => goesTo(it, by) },
  {
    says: /^(\S+) keeps it until its (?:home|capture_at host) (\S+) has claimed what was handed back for it$/,
    isTrue: (it, by, home) => goesTo(it, by) && it.world.owners.wasAnHeir(home),
  },
  { says: /^(\S+) keeps it, because its home (\S+) failed to capture others/, isTrue: (it, by) => goesTo(it, by) },
  { says: /^(\S+) keeps it until its capture_at host (\S+) has stood/, isTrue: (it, by) => goesTo(it, by) },
  { says: /^(\S+) has it already/, isTrue: (it, by) => goesTo(it, by) && it.world.owners.hadIt(it.stream, by) },
  {
    says: /^(\S+) had it before it was fenced$/,
    isTrue: (it, by) => goesTo(it, by) && it.world.owners.hadIt(it.stream, by),
  },
  {
    says: /^(\S+) keeps it, because its capture_at host (\S+) failed to capture others/,
    isTrue: (it, by) => goesTo(it, by),
  },
  { says: /^no server could capture it lately, so (\S+) keeps trying$/, isTrue: goesTo },
  { says: /^(\S+) gives up only a few streams at a time/, isTrue: goesTo },
];

/** What only a claim may say. */
const CLAIMED: readonly Rule[] = [
  { says: /^no other server may take it$/, isTrue: () => true },
  { says: /^no server has claimed it, though (\S+) should$/, isTrue: (it, other) => other !== it.server },
];

/** What only a hand-back may say. */
const HANDED_BACK: readonly Rule[] = [
  { says: /^its source gave no data for [\d.]+ s$/, isTrue: (it) => failed(it, it.server) },
  {
    says: /^its capture failed again on (\S+), which is not the source's doing$/,
    isTrue: (it, here) => it.server === here && failed(it, here),
  },
  {
    says: /^no server could capture it lately, so its capture_at host (\S+) keeps trying$/,
    isTrue: (it, home) => failed(it, it.server) && goesHome(it, home),
  },
  {
    says: /^no server could capture it lately, so its home (\S+) keeps trying$/,
    isTrue: (it, home) => failed(it, it.server) && returns(it, home),
  },
  { says: /^an operator moves it$/, isTrue: ({ to }) => to !== undefined },
  { says: /^it was disabled$/, isTrue: ({ to }) => to === undefined },
  { says: /^its definition was removed$/, isTrue: ({ world }) => world.lostDataMs !== undefined },
  { says: /^it was claimed by a write that was thought lost$/, isTrue: () => true },
  {
    says: /^(\S+) leaves$/,
    isTrue: ({ world, server, before }, name) =>
      server === name && before !== undefined && world.owners.wasToldToLeave(before),
  },
  { says: /^there is no server that may take it$/, isTrue: ({ to }) => to === undefined },
];

/** Why the reason in the record is not known or not true; `undefined`: it is true. */
export function reasonProblem(
  world: Circumstances,
  stream: string,
  record: OwnerRecord,
  before: OwnerRecord | undefined,
): string | undefined {
  const isHandBack = record.server === null;
  const server = record.server ?? before?.server;
  if (server === undefined || server === null) return 'a vacant stream is handed back';
  const captureAt = world.streams.find(({ name }) => name === stream)?.captureAt;
  const to = isHandBack ? record.heir : record.server;
  const change: Change = { world, stream, server, before: before?.session ?? undefined, to, captureAt };
  for (const { says, isTrue } of [...PLANNED, ...(isHandBack ? HANDED_BACK : CLAIMED)]) {
    const said = says.exec(record.why);
    if (said !== null) return isTrue(change, said[1] ?? '', said[2] ?? '') ? undefined : 'that is not so';
  }
  return 'that is no reason';
}
