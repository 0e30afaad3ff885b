/** What a home knows of a stream, before it pulls recordings of it. */
export interface PullQuestion {
  readonly stream: string;
  /** This server. */
  readonly server: string;
  /** That captures it; `undefined`: none. */
  readonly owner: string | undefined;
  /** Where what is recorded of it now belongs; `undefined`: it is not defined any more, or was never captured. */
  readonly home: string | undefined;
  /** For how long this server has owned it. */
  readonly ownedForMs: number;
  readonly returnAfterMs: number;
}

/**
 * Why recordings of the stream do not return to this server yet, a sentence; `undefined`: they may.
 *
 * While another server stands in for this one, this one has just failed, and has other things to do. A stream that belongs elsewhere by now
 * never comes back, so what was recorded of it for this server does not wait for that.
 */
export function whyNotYet(question: PullQuestion): string | undefined {
  const { stream, server, owner, home, ownedForMs, returnAfterMs } = question;
  if (owner === undefined || (home !== undefined && home !== server)) return undefined;
  if (owner !== server) return `${owner} captures ${stream}: it returns when this server captures it again`;
  return ownedForMs < returnAfterMs ? `this server has captured ${stream} for a moment only` : undefined;
}
