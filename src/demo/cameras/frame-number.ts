/**
 * The number of each picture, within the picture: an SEI message of user data (H.264, D.1.7) that captures and recordings copy like the
 * picture itself. So it can be counted which pictures of a camera are in a recording. A camera counts from 1970 on.
 */
const NAL_SEI = 6;
const USER_DATA_UNREGISTERED = 5;
/** A UUID of this message's own; like all of the message it has no byte 0, which would have to be escaped. */
const ID = Buffer.from('9d1c5aee4f6b4c2e8a77b3d15e60f2a4', 'hex');
const DIGITS = 16;
const STOP_BIT = 0x80;
const NAL = Buffer.concat([
  Buffer.from([NAL_SEI, USER_DATA_UNREGISTERED, ID.length + DIGITS]),
  ID,
  Buffer.alloc(DIGITS, '0'),
  Buffer.from([STOP_BIT]),
]);

/** The NAL units of a picture, with one that has room for its number before its first slice. */
export function withFrameNumber(nals: readonly Buffer[], isSlice: (nal: Buffer) => boolean): Buffer[] {
  const at = nals.findIndex(isSlice);
  return at < 0 ? [...nals] : [...nals.slice(0, at), NAL, ...nals.slice(at)];
}

/** Writes the number into a packet that has that room, and leaves others as they are. */
export function stampFrameNumber(packet: Buffer, frame: number): void {
  if (packet.length > MAX_PACKET_BYTES) return;
  const at = packet.indexOf(ID);
  if (at >= 0) packet.write(String(frame).padStart(DIGITS, '0'), at + ID.length, 'latin1');
}

/** The message and the heads of its packet. */
const MAX_PACKET_BYTES = NAL.length + 16;

/** The numbers of the pictures of an elementary stream, in order. */
export function frameNumbersIn(stream: Buffer): readonly number[] {
  const numbers: number[] = [];
  for (let at = stream.indexOf(ID); at >= 0; at = stream.indexOf(ID, at + ID.length)) {
    const digits = stream.toString('latin1', at + ID.length, at + ID.length + DIGITS);
    if (/^\d{16}$/.test(digits)) numbers.push(Number(digits));
  }
  return numbers;
}
