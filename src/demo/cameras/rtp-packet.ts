/** RTP packets as they lie on an RTSP connection: `$`, channel, length (RFC 2326 §10.12), RTP header (RFC 3550), payload.
 * They are cut once with channel, sequence number, timestamp and source left zero; `stamp` fills those in a copy. */

export const INTERLEAVE_BYTES = 4;
const RTP_HEAD_BYTES = 12;
const PAYLOAD_AT = INTERLEAVE_BYTES + RTP_HEAD_BYTES;
/** What fits an Ethernet frame: TCP would carry more, but cameras cut for UDP, and so does this one. */
export const MAX_PAYLOAD_BYTES = 1400;
const DOLLAR = 0x24;
const FU_A = 28;

function rtpPacket(payloadType: number, marker: boolean, payload: readonly Buffer[]): Buffer {
  const packet = Buffer.concat([Buffer.alloc(PAYLOAD_AT), ...payload]);
  packet.writeUInt8(DOLLAR, 0);
  packet.writeUInt16BE(packet.length - INTERLEAVE_BYTES, 2);
  packet.writeUInt8(0x80, INTERLEAVE_BYTES);
  packet.writeUInt8(payloadType | (marker ? 0x80 : 0), INTERLEAVE_BYTES + 1);
  return packet;
}

/** One picture by RFC 6184, packetization mode 1: a NAL unit that fits is a packet, a longer one goes in FU-A fragments. */
export function h264Packets(payloadType: number, nals: readonly Buffer[]): Buffer[] {
  return nals.flatMap((nal, index) => {
    const last = index === nals.length - 1;
    if (nal.length <= MAX_PAYLOAD_BYTES) return [rtpPacket(payloadType, last, [nal])];
    return fragments(nal).map((fragment, at, all) => rtpPacket(payloadType, last && at === all.length - 1, fragment));
  });
}

function fragments(nal: Buffer): Buffer[][] {
  const head = nal[0] ?? 0;
  const pieces: Buffer[][] = [];
  const pieceBytes = MAX_PAYLOAD_BYTES - 2;
  for (let at = 1; at < nal.length; at += pieceBytes) {
    const start = at === 1 ? 0x80 : 0;
    const end = at + pieceBytes >= nal.length ? 0x40 : 0;
    const indicator = Buffer.from([(head & 0xe0) | FU_A, start | end | (head & 0x1f)]);
    pieces.push([indicator, nal.subarray(at, at + pieceBytes)]);
  }
  return pieces;
}

/** One AAC frame by RFC 3640, mode AAC-hbr: a 13-bit size and a 3-bit index before it. */
export function aacPacket(payloadType: number, frame: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(16, 0);
  head.writeUInt16BE(frame.length << 3, 2);
  return rtpPacket(payloadType, true, [head, frame]);
}

/** Samples of G.711 by RFC 3551: the payload is the samples. */
export function mulawPacket(payloadType: number, samples: Buffer): Buffer {
  return rtpPacket(payloadType, false, [samples]);
}

export interface Stamp {
  readonly channel: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly source: number;
}

/** Writes what differs from one sending to the next into the packet that begins at `at`. */
export function stamp(bytes: Buffer, at: number, { channel, sequence, timestamp, source }: Stamp): void {
  bytes.writeUInt8(channel, at + 1);
  bytes.writeUInt16BE(sequence & 0xffff, at + INTERLEAVE_BYTES + 2);
  bytes.writeUInt32BE(timestamp >>> 0, at + INTERLEAVE_BYTES + 4);
  bytes.writeUInt32BE(source >>> 0, at + INTERLEAVE_BYTES + 8);
}

const NTP_UNIX_OFFSET_S = 2_208_988_800;

export interface SenderReport {
  readonly channel: number;
  readonly source: number;
  readonly timestamp: number;
  /** Unix milliseconds of the sampling instant that `timestamp` names: receivers align audio and video by it. */
  readonly unixMs: number;
  readonly packets: number;
  readonly octets: number;
}

/** An RTCP sender report (RFC 3550 §6.4.1), interleaved. */
export function senderReport({ channel, source, timestamp, unixMs, packets, octets }: SenderReport): Buffer {
  const bytes = Buffer.alloc(INTERLEAVE_BYTES + 28);
  bytes.writeUInt8(DOLLAR, 0);
  bytes.writeUInt8(channel, 1);
  bytes.writeUInt16BE(28, 2);
  bytes.writeUInt32BE(0x80c80006, 4);
  bytes.writeUInt32BE(source >>> 0, 8);
  bytes.writeUInt32BE((Math.floor(unixMs / 1000) + NTP_UNIX_OFFSET_S) >>> 0, 12);
  bytes.writeUInt32BE(Math.floor(((unixMs % 1000) / 1000) * 2 ** 32) >>> 0, 16);
  bytes.writeUInt32BE(timestamp >>> 0, 20);
  bytes.writeUInt32BE(packets >>> 0, 24);
  bytes.writeUInt32BE(octets >>> 0, 28);
  return bytes;
}
