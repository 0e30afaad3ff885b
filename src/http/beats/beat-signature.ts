import { clusterSignature, isClusterSignature } from './cluster-signature.ts';

export { looksLikeSignature } from './cluster-signature.ts';

/** Signs a direct beat for the session that it is meant for. Its text names the sending session and its sequence. */
export function beatSignature(clusterKey: string, receiver: string, text: string): string {
  return clusterSignature('beat', clusterKey, receiver, text);
}

export function isBeatSignature(signature: string, clusterKey: string, receiver: string, text: string): boolean {
  return isClusterSignature(signature, 'beat', clusterKey, receiver, text);
}
