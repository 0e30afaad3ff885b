/**
 * Rendezvous hashing: every pair of a stream and a server has a score, which all servers compute in the same way. So ties are broken in
 * the same way everywhere, and a server that comes or goes does not change the order of the others.
 */

/** FNV-1a over UTF-16 code units; 32 bits, unsigned. Names are hashed once, pairs only mix two numbers. */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The score of the pair: 32 bits, unsigned. */
export function liking(streamHash: number, serverHash: number): number {
  return mixed(streamHash ^ mixed(serverHash));
}

/** MurmurHash3's finalizer: FNV alone scores `cam1`, `cam2`, … almost in order. */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
