import { idOfTap } from '../low-latency/tap-id.ts';

export const TS_PACKET_BYTES = 188;
export const SYNC_BYTE = 0x47;
export const TICKS_PER_MS = 90;
/** How long a frame is taken to be without a second one to measure it by. */
export const UNKNOWN_FRAME_MS = 40;
const PAT_PID = 0;
const SDT_PID = 17;
/** Of the PMT: MPEG-1, MPEG-2, MPEG-4 part 2, H.264, HEVC. */
const VIDEO_TYPES = new Set([0x01, 0x02, 0x10, 0x1b, 0x24]);
/** Timestamps have 33 bits: they begin again after 26.5 hours. */
const WRAP_TICKS = 2 ** 33;
const NO_PAYLOAD = new Uint8Array(0);

export type FoundPacket =
  | { readonly what: 'tables' | 'service' | 'other'; readonly pid: number }
  /** Of the picture, or of the sound where there is no picture. */
  | {
      readonly what: 'media';
      /** A frame begins with it. */
      readonly begins: boolean;
      /** A frame begins with it that needs no other. */
      readonly isKey: boolean;
      readonly payload: Uint8Array;
    };

/** Tells the packets of a transport stream apart, which has to begin with its tables. */
export class MediaPackets {
  #pmtPid: number | undefined;
  #mediaPid: number | undefined;
  #tapId: number | undefined;

  /** What the tables say of the connection; see `tapNumbers`. */
  get tapId(): number | undefined {
    return this.#tapId;
  }

  /** `undefined`: it is damaged. */
  read(packet: Uint8Array): FoundPacket | undefined {
    if (packet[0] !== SYNC_BYTE) return undefined;
    const second = packet[1] ?? 0;
    const pid = ((second & 0x1f) << 8) | (packet[2] ?? 0);
    const begins = (second & 0x40) !== 0;
    const control = ((packet[3] ?? 0) >> 4) & 0x3;
    const adaptationBytes = (control & 2) === 0 ? 0 : 1 + (packet[4] ?? 0);
    const payload = (control & 1) === 0 ? NO_PAYLOAD : packet.subarray(Math.min(TS_PACKET_BYTES, 4 + adaptationBytes));
    if (pid === PAT_PID || pid === this.#pmtPid) {
      if (begins) this.#table(pid, payload);
      return { what: 'tables', pid };
    }
    if (pid === SDT_PID) return { what: 'service', pid };
    if (pid !== this.#mediaPid) return { what: 'other', pid };
    const isRandomAccess = adaptationBytes > 1 && ((packet[5] ?? 0) & 0x40) !== 0;
    return { what: 'media', begins, isKey: isRandomAccess && begins, payload };
  }

  #table(pid: number, payload: Uint8Array): void {
    const section = payload.subarray(1 + (payload[0] ?? 0));
    if (pid === PAT_PID && section[0] === 0 && section.length >= 12) {
      this.#pmtPid = pidAt(section, 10);
      this.#tapId = idOfTap({ transportStream: numberAt(section, 3), program: numberAt(section, 8) });
    }
    if (pid !== this.#pmtPid || section[0] !== 2) return;
    const end = Math.min(section.length, 3 + lengthAt(section, 1) - 4);
    let first: number | undefined;
    for (let at = 12 + lengthAt(section, 10); at + 5 <= end; at += 5 + lengthAt(section, at + 3)) {
      const streamPid = pidAt(section, at + 1);
      first ??= streamPid;
      if (!VIDEO_TYPES.has(section[at] ?? 0)) continue;
      this.#mediaPid = streamPid;
      return;
    }
    this.#mediaPid = first;
  }
}

/** From one timestamp to another: the shorter way around. */
export function ticksBetween(from: number, to: number): number {
  const forward = (to - from + WRAP_TICKS) % WRAP_TICKS;
  return forward > WRAP_TICKS / 2 ? forward - WRAP_TICKS : forward;
}

/** The presentation timestamp of a packet of the elementary stream that begins here. */
export function ticksOf(payload: Uint8Array): number | undefined {
  return hasTimes(payload, 0x80, 14) ? timeAt(payload, 9) : undefined;
}

/** When it is decoded: unlike the times of presentation, these only rise. */
export function decodeTicksOf(payload: Uint8Array): number | undefined {
  return hasTimes(payload, 0xc0, 19) ? timeAt(payload, 14) : ticksOf(payload);
}

function hasTimes(payload: Uint8Array, wanted: number, leastBytes: number): boolean {
  const [a, b, c, id, , , , flags = 0] = payload;
  const isElementary = a === 0 && b === 0 && c === 1 && id !== undefined;
  return isElementary && (flags & wanted) === wanted && payload.length >= leastBytes;
}

function timeAt(payload: Uint8Array, offset: number): number {
  const at = (index: number) => payload[offset + index] ?? 0;
  const high = (at(0) >> 1) & 0x7;
  const middle = (at(1) << 7) | (at(2) >> 1);
  const low = (at(3) << 7) | (at(4) >> 1);
  return high * 2 ** 30 + middle * 2 ** 15 + low;
}

function pidAt(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) & 0x1f) << 8) | (bytes[at + 1] ?? 0);
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) & 0x0f) << 8) | (bytes[at + 1] ?? 0);
}

function numberAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
