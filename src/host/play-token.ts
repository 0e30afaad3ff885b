import { createHmac } from 'node:crypto';
import { createSigner, createVerifier } from 'fast-jwt';
import { z } from 'zod';

/** What a token permits. It is a JWT that is signed with HMAC-SHA256, so that backends in any language can make one. */
export interface PlayClaims {
  /** A stream, `gates/*` for all below, or `*` for all. */
  readonly stream: string;
  /** The only address that may use it. Absent: any. */
  readonly ip?: string;
}

/** Clocks of backends and servers differ. */
const CLOCK_TOLERANCE_MS = 10_000;
/** Verified tokens that are remembered, with each key. */
const REMEMBERED = 10_000;
const ALGORITHM = 'HS256';

const claimsSchema = z.object({ stream: z.string().max(256), ip: z.string().max(64).optional(), exp: z.number() });

export function signPlayToken(key: string, { stream, ip }: PlayClaims, lifetimeMs: number): string {
  const sign = createSigner({ key, algorithm: ALGORITHM, expiresIn: lifetimeMs });
  return sign({ stream, ...(ip !== undefined && { ip }) });
}

/** What the token permits; `undefined`: nothing, because it is no token, of another key, not valid yet, or not any more. */
export type VerifyPlayToken = (token: string) => PlayClaims | undefined;

/**
 * Synchronous: it takes some microseconds, and the asynchronous signatures of Node wait for the threads that calls into disks may hold.
 * Without an end no token is accepted.
 */
export function playTokenVerifier(keys: readonly string[]): VerifyPlayToken {
  const verifiers = keys.map((key) =>
    createVerifier({ key, algorithms: [ALGORITHM], clockTolerance: CLOCK_TOLERANCE_MS, cache: REMEMBERED }),
  );
  return (token) => {
    for (const verify of verifiers) {
      const read = claimsSchema.safeParse(verified(verify, token));
      if (read.success) return { stream: read.data.stream, ...(read.data.ip !== undefined && { ip: read.data.ip }) };
    }
    return undefined;
  };
}

/** With which servers of a herd sign for each other and for their own dashboard. No backend knows it. */
export function herdPlayKey(clusterKey: string): string {
  return createHmac('sha256', clusterKey).update('streamherd play 1').digest('hex');
}

export function permits({ stream: permitted }: PlayClaims, stream: string): boolean {
  if (permitted.endsWith('*'))
    return stream.startsWith(permitted.slice(0, -1)) && /^$|\/$/.test(permitted.slice(0, -1));
  return permitted === stream;
}

function verified(verify: (token: string) => unknown, token: string): unknown {
  try {
    return verify(token);
  } catch {
    return undefined;
  }
}
