/** What can be wrong between two servers of a herd, or with one of them as the others see it. */
export const PROBLEM_KINDS = [
  /** Its `peer_url` does not lead to it. */
  'peer-url',
  /** Its beats port cannot be reached. */
  'beats',
  'cluster-key',
  'clock',
  /** Another `live` block. */
  'live',
  /** Another `timing` block. */
  'timing',
  'version',
  'data-dir',
  /** A second server wanted to join under its name. */
  'server-name',
] as const;

export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/** What one look says of a server in one respect. */
export interface Verdict {
  readonly about: string;
  readonly kind: ProblemKind;
  /** What is wrong, one sentence about "it"; absent: all is well. */
  readonly why?: string;
}

export interface Finding {
  /** The server that most likely has to be changed. */
  readonly about: string;
  readonly kind: ProblemKind;
  readonly why: string;
  /** ISO 8601, of the first look that found it. */
  readonly since: string;
}

export type FindingChange =
  | { readonly change: 'raised'; readonly finding: Finding }
  | { readonly change: 'cleared'; readonly finding: Finding; readonly why: string };

export interface LookTime {
  /** Monotonic. */
  readonly nowMs: number;
  /** ISO 8601. */
  readonly date: string;
}

/** More than a person reads: the first lines show that the whole herd is misconfigured. */
export const MAX_FINDINGS = 100;
export const MAX_WHY_CHARACTERS = 300;

/** One lost packet, or a server that has just begun, is no finding. */
const LOOKS_UNTIL_RAISED = 2;
/** The refused server itself has told it, so one report is enough. */
const TOLD_ONCE: ReadonlySet<ProblemKind> = new Set(['server-name']);
/** A herd is upgraded server by server: only a server that keeps another version for this long was forgotten. */
const PATIENCE_MS: Partial<Record<ProblemKind, number>> = { version: 600_000 };

interface Suspicion {
  readonly finding: Finding;
  readonly looks: number;
  readonly sinceMs: number;
  readonly isRaised: boolean;
}

/**
 * Makes findings from repeated looks: a fault in two looks in a row is a finding, and one look without the fault ends
 * it. A look without a result changes nothing.
 */
export class PeerFindings {
  readonly #suspicions = new Map<string, Suspicion>();

  take(verdicts: readonly Verdict[], time: LookTime): readonly FindingChange[] {
    return verdicts.flatMap((verdict) => this.#take(verdict, time) ?? []);
  }

  /** Those of servers that have left are over. */
  keep(isThere: (server: string) => boolean): readonly FindingChange[] {
    return [...this.#suspicions.values()].flatMap(({ finding: { about, kind } }) =>
      isThere(about) ? [] : (this.#clear(about, kind, 'it is no longer in the herd') ?? []),
    );
  }

  get findings(): readonly Finding[] {
    return [...this.#suspicions.values()].filter(({ isRaised }) => isRaised).map(({ finding }) => finding);
  }

  /** Something was found wrong once: the next look should come soon. */
  get isInDoubt(): boolean {
    return [...this.#suspicions.values()].some(
      ({ finding, isRaised }) => !isRaised && PATIENCE_MS[finding.kind] === undefined,
    );
  }

  #take({ about, kind, why }: Verdict, { nowMs, date }: LookTime): FindingChange | undefined {
    if (why === undefined) return this.#clear(about, kind, 'it is as it should be again');
    const key = keyOf(about, kind);
    const before = this.#suspicions.get(key);
    if (before === undefined && this.#suspicions.size >= MAX_FINDINGS) return undefined;
    const looks = (before?.looks ?? 0) + 1;
    const sinceMs = before?.sinceMs ?? nowMs;
    const finding = { about, kind, why: why.slice(0, MAX_WHY_CHARACTERS), since: before?.finding.since ?? date };
    const isDue = looks >= LOOKS_UNTIL_RAISED && nowMs - sinceMs >= (PATIENCE_MS[kind] ?? 0);
    const isRaised = before?.isRaised || isDue || TOLD_ONCE.has(kind);
    this.#suspicions.set(key, { finding, looks, sinceMs, isRaised });
    return isRaised && !before?.isRaised ? { change: 'raised', finding } : undefined;
  }

  #clear(about: string, kind: ProblemKind, why: string): FindingChange | undefined {
    const key = keyOf(about, kind);
    const before = this.#suspicions.get(key);
    this.#suspicions.delete(key);
    return before?.isRaised ? { change: 'cleared', finding: before.finding, why } : undefined;
  }
}

function keyOf(about: string, kind: ProblemKind): string {
  return `${about} ${kind}`;
}
