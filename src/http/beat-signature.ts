import { createHmac, timingSafeEqual } from 'node:crypto';

/** What the key signs here is of no use where it signs anything else. */
const PURPOSE = 'streamherd direct beat 1';

/**
 * Signs a direct beat for one receiver with the cluster key: HMAC-SHA256, in hex. The text names the sending session and its
 * sequence, so these are signed with it; the receiver is the session that the beat is meant for, which nobody else is and
 * which never comes back, so that a beat recorded on the wire is of no use to anybody later or elsewhere.
 */
export function beatSignature(clusterKey: string, receiver: string, text: string): string {
  return createHmac('sha256', clusterKey).update(`${PURPOSE}\n${receiver}\n`).update(text).digest('hex');
}

/** Takes as long for a signature that is nearly right as for one that is all wrong. */
export function isBeatSignature(signature: string, clusterKey: string, receiver: string, text: string): boolean {
  if (!looksLikeSignature(signature)) return false;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(beatSignature(clusterKey, receiver, text)));
}

/** What does not even look like one is refused before its body is read. */
export function looksLikeSignature(signature: string): boolean {
  return /^[0-9a-f]{64}$/.test(signature);
}
