/**
 * Whether `captureAt` names no server that is known: none that is or was in the herd (`isRecorded`), nor one that the configuration
 * file has as a peer. A name of the latter may be of a server that has yet to start for the first time.
 */
export function isUnknownHome(
  captureAt: string | undefined,
  isRecorded: (server: string) => boolean,
  peers: readonly string[],
): captureAt is string {
  return captureAt !== undefined && !isRecorded(captureAt) && !peers.includes(captureAt);
}
