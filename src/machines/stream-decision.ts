import { captureChanged, profileInForce } from '../domain/definition/capture-settings.ts';
import type { StreamDefinition } from '../domain/definition/stream-definition.ts';
import type { OwnedRecord, VacatedRecord } from '../domain/records/owner-record.ts';
import type { LiveSegment } from '../domain/segments/live-segment.ts';
import type { SourceFailure } from '../domain/source-failure.ts';
import type { CaptureInput } from './capture-contract.ts';
import {
  type Assignment,
  type ClaimInput,
  MAX_WRITE_RETRY_MS,
  type OwnerView,
  type ReleaseInput,
  type StreamInput,
  WRITE_RETRY_MS,
} from './stream-contract.ts';

/** Why a stream is handed back, and for which server. */
export interface Leaving {
  readonly heir: string | undefined;
  readonly why: string;
  /** This server could not capture it. */
  readonly failed: boolean;
  /** It failed through this server's own fault, not the source's. */
  readonly unfit?: boolean;
  /** An operator said so. */
  readonly moved?: boolean;
}

export interface StreamContext extends StreamInput {
  readonly definition: StreamDefinition | null;
  readonly assignment: Assignment;
  readonly owner: OwnerView;
  /** This server's session while it has standing. */
  readonly session: string | null;
  /** The revision of our claim while the stream is ours. */
  readonly epoch: number | null;
  /** Why it was claimed. */
  readonly ownedWhy: string;
  /** Views of the key up to this revision are known to be outdated: this server's claim there was lost, or was released. */
  readonly pastEpoch: number;
  /** The revision that the present claim replaces. */
  readonly expected: number;
  /** Attempts at the present claim or release that have no known outcome. */
  readonly unknowns: number;
  /** What the running capture was started with. */
  readonly inForce: StreamDefinition | null;
  /** It was live in the present epoch. */
  readonly wasLive: boolean;
  readonly leaving: Leaving | null;
  readonly last: LiveSegment | undefined;
  /** The media sequence number that captures of the present claim begin with at the earliest. */
  readonly claimedNumber: number;
  /** The count of discontinuities at the present claim. */
  readonly claimedCount: number;
  /** What is to be said of the present run of ffmpeg: see `ffmpeg.remarked`. */
  readonly remark: string | null;
  /** The codec of the sound that the present epoch found in this input last. */
  readonly sound: { readonly input: number; readonly codec: string } | null;
  /** The remark that was told last in the present epoch: it is told once, not after each restart. */
  readonly toldRemark: string | null;
  /** Failures in a row that were this server's own, not the source's; data ends them. */
  readonly ownFailures: number;
  /** The last source error, until data flows. */
  readonly error: string | null;
}

export function contextOf(input: StreamInput): StreamContext {
  return {
    ...input,
    definition: null,
    assignment: { mine: false, others: [], why: 'no plan has been made yet' },
    owner: { epoch: 0, server: null, session: null, live: false, failedBy: [], unfitBy: [] },
    session: null,
    epoch: null,
    ownedWhy: '',
    pastEpoch: -1,
    expected: 0,
    unknowns: 0,
    inForce: null,
    wasLive: false,
    leaving: null,
    last: undefined,
    claimedNumber: 0,
    claimedCount: 0,
    remark: null,
    sound: null,
    toldRemark: null,
    ownFailures: 0,
    error: null,
  };
}

export function isEnabled({ definition }: StreamContext): boolean {
  return definition !== null && !definition.disabled;
}

export function isWanted(context: StreamContext): boolean {
  return isEnabled(context) && context.assignment.mine;
}

/** May this server claim it, apart from the heir's grace? Not if it has just failed to capture it, and another server has not. */
export function isClaimable(context: StreamContext): boolean {
  const { owner, session, pastEpoch, server } = context;
  const vacant = owner.server === null || !owner.live;
  const failed = owner.failedBy.includes(server) && hasUntried(context);
  return session !== null && isWanted(context) && vacant && owner.epoch > pastEpoch && !failed;
}

export function awaitsHeir({ owner, server }: StreamContext): boolean {
  return owner.server === null && owner.heir !== undefined && owner.heir !== server;
}

/** The key names our session although we know of no claim: one landed after all. */
export function isOursAlready({ owner, session, pastEpoch }: StreamContext): boolean {
  return session !== null && owner.session === session && owner.epoch > pastEpoch;
}

/** The view has come to our claim. */
export function isOursAsClaimed({ owner, epoch, session }: StreamContext): boolean {
  return epoch !== null && owner.epoch === epoch && owner.session === session;
}

/** The key has moved on from our claim. */
export function hasLostKey({ owner, epoch, session }: StreamContext): boolean {
  return epoch !== null && owner.epoch > epoch && owner.session !== session;
}

/** Is there another server that has not failed to capture it lately? */
export function hasUntried({ assignment, owner }: StreamContext): boolean {
  return assignment.others.some((other) => !owner.failedBy.includes(other));
}

/**
 * After so many failures in a row through this server's own fault another server is tried. A second run shows whether the first failure was only
 * temporary. A source without data is waited for, but a server that cannot run ffmpeg makes each of its streams dark.
 */
const OWN_FAILURES_BORNE = 1;

export function failsItself({ ownFailures }: StreamContext, { kind }: SourceFailure): boolean {
  return kind === 'ours' && ownFailures >= OWN_FAILURES_BORNE;
}

/** Once all have failed, it is the `capture_at` host that keeps trying, if it is there. */
export function isForHome({ definition, assignment, server }: StreamContext): boolean {
  const home = definition?.captureAt;
  return home !== undefined && home !== server && assignment.others.includes(home);
}

export function mustRestart({ definition, inForce, server }: StreamContext): boolean {
  return definition !== null && inForce !== null && captureChanged(inForce, definition, server);
}

export function writeRetryMs({ unknowns }: StreamContext): number {
  return Math.min(WRITE_RETRY_MS * 2 ** Math.max(0, unknowns - 1), MAX_WRITE_RETRY_MS);
}

export function leavingFor(context: StreamContext): Leaving {
  const { definition, assignment } = context;
  if (definition === null) return { heir: undefined, why: 'its definition was removed', failed: false };
  if (definition.disabled) return { heir: undefined, why: 'it was disabled', failed: false };
  return { heir: assignment.heir, why: assignment.why, failed: false };
}

export function claimInput(context: StreamContext): ClaimInput {
  const { stream, server, session, owner, ownedWhy, world, expected, unknowns } = context;
  const record: OwnedRecord = {
    server,
    session: session ?? '',
    rosterRevision: world.rosterRevision(),
    since: isoTime(world.now()),
    why: ownedWhy,
    nextNumber: context.claimedNumber,
    discontinuities: context.claimedCount,
    ...(owner.failedBy.length > 0 && { failedBy: owner.failedBy }),
    ...(owner.unfitBy.length > 0 && { unfitBy: owner.unfitBy }),
    ...(owner.moved === true && owner.heir === server && { moved: true }),
  };
  return { stream, expected, record, again: unknowns > 0 };
}

export function releaseInput(context: StreamContext): ReleaseInput {
  const { stream, epoch, definition } = context;
  return { stream, epoch: epoch ?? 0, record: definition === null ? null : vacatedRecord(context) };
}

function vacatedRecord(context: StreamContext): VacatedRecord {
  const { server, owner, leaving, world, last, claimedNumber } = context;
  const heir = leaving?.heir;
  const failedBy = new Set(owner.failedBy.filter((failed) => failed !== heir));
  const unfitBy = new Set(owner.unfitBy.filter((unfit) => unfit !== heir && unfit !== server));
  if (leaving?.failed === true) failedBy.add(server);
  if (leaving?.unfit === true) unfitBy.add(server);
  const nextNumber = Math.max((last?.number ?? -1) + 1, (world.highestNumber() ?? -1) + 1, claimedNumber);
  return {
    server: null,
    session: null,
    since: isoTime(world.now()),
    why: leaving?.why ?? 'it was claimed by a write that was thought lost',
    ...(heir !== undefined && { heir }),
    ...(failedBy.size > 0 && { failedBy: [...failedBy] }),
    ...(unfitBy.size > 0 && { unfitBy: [...unfitBy] }),
    ...(leaving?.moved === true && { moved: true }),
    nextNumber,
    discontinuities: countOf(context),
  };
}

export function captureInput(context: StreamContext, parent: CaptureInput['parent']): CaptureInput {
  const { definition, world, last } = context;
  return {
    parent,
    stream: context.stream,
    epoch: context.epoch ?? 0,
    inputs: definition?.inputs ?? [],
    profile: definition === null ? undefined : profileInForce(definition, context.server),
    folder: context.folder,
    segmentMs: context.segmentMs,
    sourceTimeoutMs: context.times.sourceTimeoutMs,
    nextNumber: Math.max((last?.number ?? -1) + 1, context.claimedNumber),
    world,
  };
}

/** How many discontinuities the stream has had, as far as is known here. */
function countOf({ claimedCount, last, world }: StreamContext): number {
  return Math.max(claimedCount, last?.discontinuities ?? 0, world.discontinuities() ?? 0);
}

function isoTime(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
