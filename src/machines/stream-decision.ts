import { captureChanged, profileInForce } from '../domain/definition/capture-settings.ts';
import type { StreamDefinition } from '../domain/definition/stream-definition.ts';
import type { PushStatus } from '../domain/push/push-status.ts';
import type { ForGood } from '../domain/records/stream-home.ts';
import type { LiveSegment } from '../domain/segments/live-segment.ts';
import type { SourceFailure } from '../domain/source-failure.ts';
import type { CaptureInput } from './capture-contract.ts';
import {
  type Assignment,
  MAX_WRITE_RETRY_MS,
  type OwnerView,
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
  /** Whether it is to stay with the heir. Absent: the heir stands in for its home. */
  readonly forGood?: ForGood | undefined;
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
  /** The home in the record that the present claim replaces. */
  readonly claimedHome: string | undefined;
  /** What is to be said of the present run of ffmpeg: see `ffmpeg.remarked`. */
  readonly remark: string | null;
  /** The codec of the sound that the present epoch found in this input last. */
  readonly sound: { readonly input: number; readonly codec: string } | null;
  /** The remark that was told last in the present epoch: it is told once, not after each restart. */
  readonly toldRemark: string | null;
  /** Where the present run of ffmpeg is pushed to. */
  readonly pushes: readonly PushStatus[];
  /** See `pushTurns`; of the present epoch. */
  readonly failedPushes: readonly string[];
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
    claimedHome: undefined,
    remark: null,
    sound: null,
    toldRemark: null,
    pushes: [],
    failedPushes: [],
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
  return epoch !== null && epochSeen(owner) === epoch && owner.session === session;
}

/** The fencing number of what the view shows. */
export function epochSeen({ epoch, claimEpoch }: OwnerView): number {
  return claimEpoch ?? epoch;
}

/** The revision at which our key stands: that of our claim, or a later one if we have rewritten it. */
export function ownRevision({ owner, epoch, session }: StreamContext): number {
  const isRewritten = owner.session === session && owner.epoch > (epoch ?? 0) && epochSeen(owner) === epoch;
  return isRewritten ? owner.epoch : (epoch ?? 0);
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

/** Where it belongs: see `homeOf`. */
export function homeSeen({ definition, owner }: StreamContext): string | undefined {
  return definition?.captureAt ?? owner.home;
}

/** Once all have failed, it is its home that keeps trying, if it is there. */
export function isForHome(context: StreamContext): boolean {
  const { assignment, server } = context;
  const home = homeSeen(context);
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
  const { heir, why, forGood } = assignment;
  return { heir, why, failed: false, forGood };
}

/**
 * While the capture ends, plans go on, and count the stream where the newest one places it. The key then names the heir of that plan: by the
 * heir of an older one, two streams could go where there is room for one.
 */
export function leavingNow(context: StreamContext): Leaving | null {
  const { leaving, assignment } = context;
  const isPlanned = leaving?.heir !== undefined && !leaving.failed && leaving.moved !== true;
  return isPlanned && isEnabled(context) && assignment.heir !== undefined ? leavingFor(context) : leaving;
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
