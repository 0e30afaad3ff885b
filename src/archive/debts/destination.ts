/**
 * The server where a closed pack is to be in the end. A server that recorded as the home keeps what it recorded: a stream that was moved for
 * good leaves its past where it is. All else goes where the definition says now, or else where the stream belonged when it was recorded.
 *
 * @param holder the server that has the pack
 * @param home of the pack
 * @param captureAt of the definition; `undefined`: it names no server, or the stream is not defined any more
 * @returns `holder`: nothing is owed
 */
export function destinationOf(holder: string, home: string, captureAt: string | undefined): string {
  return home === holder ? holder : (captureAt ?? home);
}
