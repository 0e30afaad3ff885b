/**
 * Small transport streams as ffmpeg's HLS muxer makes them: each segment begins with its tables and a key frame. Their payload is made of
 * a number, so that no two segments are alike.
 */
const PACKET_BYTES = 188;
const PMT_PID = 0x1000;
const VIDEO_PID = 0x100;
const TICKS_PER_MS = 90;
const WRAP_TICKS = 2 ** 33;

export interface SegmentShape {
  /** Timestamp of its first frame. */
  readonly fromMs: number;
  readonly frames: number;
  readonly frameMs: number;
  /** Frames from one key frame to the next, each with its tables; default: one key frame. */
  readonly gop?: number;
  /** What it is filled with. */
  readonly seed: number;
  readonly packetsPerFrame?: number;
}

export function segmentBytes({
  fromMs,
  frames,
  frameMs,
  gop = frames,
  seed,
  packetsPerFrame = 2,
}: SegmentShape): Buffer {
  const packets: Buffer[] = [];
  for (let frame = 0; frame < frames; frame += 1) {
    const isKey = frame % gop === 0;
    if (isKey) packets.push(pat(), pmt());
    // Tables come between key frames too.
    else if (frame % 3 === 2) packets.push(pat(), pmt());
    packets.push(videoPacket((fromMs + frame * frameMs) * TICKS_PER_MS, isKey, seed + frame));
    for (let more = 1; more < packetsPerFrame; more += 1) packets.push(fillPacket(seed + frame * 31 + more));
  }
  return Buffer.concat(packets);
}

function pat(): Buffer {
  const section = [
    0x00,
    0xb0,
    0x0d,
    0x00,
    0x01,
    0xc1,
    0x00,
    0x00,
    0x00,
    0x01,
    0xe0 | (PMT_PID >> 8),
    PMT_PID & 0xff,
    0,
    0,
    0,
    0,
  ];
  return tablePacket(0, section);
}

function pmt(): Buffer {
  const high = 0xe0 | (VIDEO_PID >> 8);
  const low = VIDEO_PID & 0xff;
  const section = [
    0x02,
    0xb0,
    0x12,
    0x00,
    0x01,
    0xc1,
    0x00,
    0x00,
    high,
    low,
    0xf0,
    0x00,
    0x1b,
    high,
    low,
    0xf0,
    0x00,
    0,
    0,
    0,
    0,
  ];
  return tablePacket(PMT_PID, section);
}

function tablePacket(pid: number, section: readonly number[]): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES, 0xff);
  Buffer.from([0x47, 0x40 | (pid >> 8), pid & 0xff, 0x10, 0x00, ...section]).copy(packet);
  return packet;
}

function videoPacket(ticks: number, isKey: boolean, fill: number): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES, fill & 0xff);
  const adaptation = [0x07, isKey ? 0x40 : 0x00, 0, 0, 0, 0, 0, 0];
  const t = ((ticks % WRAP_TICKS) + WRAP_TICKS) % WRAP_TICKS;
  const high = Math.floor(t / 2 ** 30) & 0x7;
  const middle = Math.floor(t / 2 ** 15) & 0x7fff;
  const low = t & 0x7fff;
  const pts = [0x21 | (high << 1), middle >> 7, ((middle & 0x7f) << 1) | 1, low >> 7, ((low & 0x7f) << 1) | 1];
  const pes = [0x00, 0x00, 0x01, 0xe0, 0x00, 0x00, 0x80, 0x80, 0x05, ...pts];
  Buffer.from([0x47, 0x40 | (VIDEO_PID >> 8), VIDEO_PID & 0xff, 0x30, ...adaptation, ...pes]).copy(packet);
  packet.writeUInt32BE(fill >>> 0, PACKET_BYTES - 4);
  return packet;
}

function fillPacket(fill: number): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES, fill & 0xff);
  Buffer.from([0x47, VIDEO_PID >> 8, VIDEO_PID & 0xff, 0x10]).copy(packet);
  packet.writeUInt32BE(fill >>> 0, PACKET_BYTES - 4);
  return packet;
}
