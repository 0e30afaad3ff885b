export const TS_PACKET_BYTES = 188;
export const SYNC_BYTE = 0x47;
const NO_PAYLOAD = new Uint8Array(0);

export interface TransportPacket {
  readonly pid: number;
  /** A table, or a packet of an elementary stream, begins with it. */
  readonly begins: boolean;
  /** A frame begins with it that needs no other. */
  readonly isRandomAccess: boolean;
  readonly payload: Uint8Array;
}

/** `undefined`: it is damaged. */
export function packetOf(bytes: Uint8Array): TransportPacket | undefined {
  if (bytes[0] !== SYNC_BYTE) return undefined;
  const second = bytes[1] ?? 0;
  const control = ((bytes[3] ?? 0) >> 4) & 0x3;
  const adaptationBytes = (control & 2) === 0 ? 0 : 1 + (bytes[4] ?? 0);
  const begins = (second & 0x40) !== 0;
  return {
    pid: ((second & 0x1f) << 8) | (bytes[2] ?? 0),
    begins,
    isRandomAccess: begins && adaptationBytes > 1 && ((bytes[5] ?? 0) & 0x40) !== 0,
    payload: (control & 1) === 0 ? NO_PAYLOAD : bytes.subarray(Math.min(TS_PACKET_BYTES, 4 + adaptationBytes)),
  };
}
