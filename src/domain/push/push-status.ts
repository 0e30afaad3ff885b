/** What is known of one push of a stream, from its owner. */
export interface PushStatus {
  /** `rtmp://live.example/***`: the key is never shown. */
  readonly to: string;
  readonly state: PushState;
  /** Of one that fails: the reason, one sentence. */
  readonly why?: string;
}

/** `starting`: it has not been connected yet, and has not failed. A push that is tried again is failing until data flows. */
export const PUSH_STATES = ['starting', 'pushing', 'failing'] as const;
export type PushState = (typeof PUSH_STATES)[number];

/** A change of one push that is told as an event. */
export interface PushTurn {
  readonly kind: 'push-started' | 'push-failed';
  readonly to: string;
  readonly why: string;
  /** Which push of its definition it is, from 1. */
  readonly push: number;
}

/**
 * What has to be told of `now`. An outage is told once, also over several runs of the capture: `failed` has the pushes of
 * which one has been told and that have not worked since.
 */
export function pushTurns(
  before: readonly PushStatus[],
  now: readonly PushStatus[],
  failed: readonly string[],
): { readonly turns: readonly PushTurn[]; readonly failed: readonly string[] } {
  const turns: PushTurn[] = [];
  const still = new Set(failed);
  for (const [index, { to, state, why = 'it ended' }] of now.entries()) {
    const push = index + 1;
    const name = `${push} ${to}`;
    const was = before[index]?.to === to ? before[index].state : undefined;
    if (state === 'pushing' && was !== 'pushing') {
      still.delete(name);
      turns.push({ kind: 'push-started', to, push, why: `its data goes to ${to}` });
    } else if (state === 'failing' && !still.has(name)) {
      still.add(name);
      turns.push({ kind: 'push-failed', to, push, why: `${to} gets no data: ${why}; it is tried again` });
    }
  }
  return { turns, failed: [...still] };
}
