import { idOfTap } from '../low-latency/tap-id.ts';
import { PAT_PID, ProgramTables } from './program-tables.ts';
import { packetOf } from './transport-packet.ts';

export const TICKS_PER_MS = 90;
/** How long a frame is taken to be without a second one to measure it by. */
export const UNKNOWN_FRAME_MS = 40;
const SDT_PID = 17;
/** Of the PMT: MPEG-1, MPEG-2, MPEG-4 part 2, H.264, HEVC. */
const VIDEO_TYPES = new Set([0x01, 0x02, 0x10, 0x1b, 0x24]);
/** Timestamps have 33 bits: they begin again after 26.5 hours. */
export const WRAP_TICKS = 2 ** 33;

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
  readonly #tables = new ProgramTables();
  #mediaPid: number | undefined;

  /** What the tables say of the connection; see `tapNumbers`. */
  get tapId(): number | undefined {
    const { numbers } = this.#tables;
    return numbers && idOfTap(numbers);
  }

  /** `undefined`: it is damaged. */
  read(bytes: Uint8Array): FoundPacket | undefined {
    const packet = packetOf(bytes);
    if (packet === undefined) return undefined;
    const { pid, begins, isRandomAccess, payload } = packet;
    if (this.#tables.take(packet)) {
      if (pid !== PAT_PID && begins) this.#choose();
      return { what: 'tables', pid };
    }
    if (pid === SDT_PID) return { what: 'service', pid };
    if (pid !== this.#mediaPid) return { what: 'other', pid };
    return { what: 'media', begins, isKey: isRandomAccess, payload };
  }

  #choose(): void {
    const streams = this.#tables.streams ?? [];
    this.#mediaPid = (streams.find(({ type }) => VIDEO_TYPES.has(type)) ?? streams[0])?.pid;
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
