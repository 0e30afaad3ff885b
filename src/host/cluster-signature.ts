import { createHmac, timingSafeEqual } from 'node:crypto';

/** A signature for one purpose is not valid for another. The text of a beat names the sending session and its sequence. */
const PURPOSES = {
  beat: 'streamherd direct beat 1',
  question: 'streamherd check question 1',
  answer: 'streamherd check answer 1',
  archive: 'streamherd archive question 1',
  return: 'streamherd archive return 1',
} as const;

export type Purpose = keyof typeof PURPOSES;

/**
 * Signs `text` for one receiver with the cluster key: HMAC-SHA256, in hex. The receiver is a session, which is random and never
 * comes back, so that a recorded message is of no use later or elsewhere.
 */
export function clusterSignature(purpose: Purpose, clusterKey: string, receiver: string, text: string): string {
  return createHmac('sha256', clusterKey).update(`${PURPOSES[purpose]}\n${receiver}\n`).update(text).digest('hex');
}

/** Takes as long for a signature that is nearly right as for one that is all wrong. */
export function isClusterSignature(signature: string, ...signed: Parameters<typeof clusterSignature>): boolean {
  if (!looksLikeSignature(signature)) return false;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(clusterSignature(...signed)));
}

/** What does not even look like one is refused before its body is read. */
export function looksLikeSignature(signature: string): boolean {
  return /^[0-9a-f]{64}$/.test(signature);
}
