import type { Times } from '../times.ts';
import type { RosterEntry } from './roster.ts';

/** What an evictor knows of the sessions that the record names. */
export interface EvictionEvidence {
  readonly entry: RosterEntry;
  /** The evictor's monotonic clock. */
  readonly nowMs: number;
  /** `session` has pledged against the session of the record, for this very revision. */
  hasPledged(session: string): boolean;
  /** How long `session` has been seen to be ended. */
  endedForMs(session: string): number;
}

export type EvictionDecision =
  | { readonly evict: true; readonly why: string }
  | { readonly evict: false; readonly why: string };

/**
 * Whether the session of a record may be taken off the roster, judged on the very record that the compare-and-set would
 * replace. That record must have stood unchanged for E on the evictor's clock: (a) is then over, because a renewal sent
 * later than the record would have replaced it or still will.
 *
 * A session that the record names **can no longer vouch** for it when it has pledged against this revision, or when it
 * has been seen to be ended for E: an ended session acknowledges nobody, and what it acknowledged before its end is
 * older than F. Then:
 *
 * - the record names two or more, and two of them can no longer vouch: at once, for (b) fails with one and (c) with two;
 * - it names two or more, and one can no longer vouch: after Eslow, when (c) is over;
 * - it names one, and that one can no longer vouch: at once, for (c) needs two;
 * - otherwise after Eride: nobody rides longer than `ride`.
 *
 * All of this stays true while the record stays, so a late-landing eviction is as safe as a prompt one.
 */
export function eviction(evidence: EvictionEvidence, times: Times): EvictionDecision {
  const { entry, nowMs } = evidence;
  const { peers } = entry.record;
  const unchangedMs = nowMs - entry.seenMs;
  if (unchangedMs < times.evictMs) return { evict: false, why: `its record changed ${seconds(unchangedMs)} ago` };
  const gone = peers.filter((it) => evidence.hasPledged(it) || evidence.endedForMs(it) >= times.evictMs);
  const enough = Math.min(2, peers.length);
  if (gone.length > 0 && gone.length >= enough) {
    return {
      evict: true,
      why: `silent for ${seconds(unchangedMs)}, and ${gone.length} of its ${peers.length} peers no longer vouch for it`,
    };
  }
  if (gone.length > 0 && unchangedMs >= times.evictSlowMs) {
    return {
      evict: true,
      why: `silent for ${seconds(unchangedMs)}, and one of its ${peers.length} peers no longer vouches for it`,
    };
  }
  if (unchangedMs >= times.evictRideMs) {
    return { evict: true, why: `silent for ${seconds(unchangedMs)}, longer than anyone may capture without the bus` };
  }
  return {
    evict: false,
    why: `${gone.length} of its ${peers.length} peers no longer vouch for it, silent for ${seconds(unchangedMs)}`,
  };
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
