/** `v` of beats and of records. Raised when what is said would be misread by servers of the version before. */
export const WIRE_VERSION = 1;

/**
 * Servers of neighbouring versions live together, so that a herd is upgraded server by server: fields that are missing get
 * their defaults, and fields that are not known are passed over.
 */
export function isSpokenVersion(v: unknown): boolean {
  return typeof v === 'number' && Number.isInteger(v) && Math.abs(v - WIRE_VERSION) <= 1;
}

export const SPOKEN_VERSIONS = `${WIRE_VERSION}, or one lower or higher`;
