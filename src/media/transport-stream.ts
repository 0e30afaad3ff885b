/**
 * Finds where an MPEG transport stream can be cut, without its index: the archive uses this when the index is lost.
 *
 * ffmpeg's HLS muxer begins every segment with its tables (SDT, PAT, PMT) and a key frame. Tables come also between segments'
 * beginnings, twice a second or more, so a place to cut is where tables stand directly before a packet that is marked as random access.
 * In a stream without video every packet is marked so.
 */
export const TS_PACKET_BYTES = 188;
const SYNC_BYTE = 0x47;
const PAT_PID = 0;
const SDT_PID = 17;
/** Of the PMT: MPEG-1, MPEG-2, MPEG-4 part 2, H.264, HEVC. */
const VIDEO_TYPES = new Set([0x01, 0x02, 0x10, 0x1b, 0x24]);
const TICKS_PER_MS = 90;
/** Timestamps have 33 bits: they begin again after 26.5 hours. */
const WRAP_TICKS = 2 ** 33;
/** Without a second frame to measure it by. */
const UNKNOWN_FRAME_MS = 40;

/** From one place to cut to another. */
export interface Piece {
  /** Bytes from the beginning of the stream. */
  readonly at: number;
  readonly bytes: number;
  /** By the timestamps of its frames. */
  readonly durationMs: number;
  /** No packet in it is damaged: it plays by itself. */
  readonly isWhole: boolean;
}

/** How many bytes of `bytes` are whole packets, from the beginning up to the first damaged one. */
export function wholePacketBytes(bytes: Uint8Array): number {
  let at = 0;
  while (at + TS_PACKET_BYTES <= bytes.length && bytes[at] === SYNC_BYTE) at += TS_PACKET_BYTES;
  return at;
}

/** Takes a transport stream bit by bit; the bits need not end where packets do. */
export class TransportScan {
  #rest: Uint8Array = new Uint8Array(0);
  #at = 0;
  #pmtPid: number | undefined;
  #mediaPid: number | undefined;
  /** Where the tables began that nothing but tables has followed. */
  #tablesAt: number | undefined;
  readonly #cuts: PlaceToCut[] = [];

  push(bytes: Uint8Array): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (; at + TS_PACKET_BYTES <= all.length; at += TS_PACKET_BYTES) {
      if (all[at] === SYNC_BYTE) this.#packet(all.subarray(at, at + TS_PACKET_BYTES));
      else this.#damaged();
      this.#at += TS_PACKET_BYTES;
    }
    this.#rest = all.slice(at);
  }

  /**
   * The pieces, one after the other without a hole. Packets before the first place to cut are in no piece, because they cannot be played.
   *
   * @param leastMs pieces are joined until they are this long, as ffmpeg does that cuts at the first key frame after the wished duration.
   */
  pieces(leastMs: number): readonly Piece[] {
    const pieces: Piece[] = [];
    let open: { readonly at: number; durationMs: number; isWhole: boolean } | undefined;
    for (const [index, cut] of this.#cuts.entries()) {
      open ??= { at: cut.at, durationMs: 0, isWhole: true };
      open.durationMs += this.#durationMs(cut, this.#cuts[index + 1], leastMs);
      open.isWhole &&= cut.isWhole;
      // A key frame that comes up to half a frame too early counts as in time.
      if (open.durationMs + UNKNOWN_FRAME_MS / 2 < leastMs && index < this.#cuts.length - 1) continue;
      // Tables at the end are the beginning of a piece that has nothing else yet.
      const endAt = this.#cuts[index + 1]?.at ?? this.#tablesAt ?? this.#at;
      const durationMs = Math.max(1, Math.round(open.durationMs));
      pieces.push({ at: open.at, bytes: endAt - open.at, durationMs, isWhole: open.isWhole });
      open = undefined;
    }
    return pieces;
  }

  #damaged(): void {
    const open = this.#cuts.at(-1);
    if (open !== undefined) open.isWhole = false;
    this.#tablesAt = undefined;
  }

  #packet(packet: Uint8Array): void {
    const second = packet[1] ?? 0;
    const pid = ((second & 0x1f) << 8) | (packet[2] ?? 0);
    const begins = (second & 0x40) !== 0;
    const control = ((packet[3] ?? 0) >> 4) & 0x3;
    const adaptationBytes = (control & 2) === 0 ? 0 : 1 + (packet[4] ?? 0);
    const payload = (control & 1) === 0 ? undefined : packet.subarray(Math.min(TS_PACKET_BYTES, 4 + adaptationBytes));
    const isTable = pid === PAT_PID || pid === SDT_PID || pid === this.#pmtPid;
    if (isTable) {
      this.#tablesAt ??= this.#at;
      if (begins && payload !== undefined) this.#table(pid, payload);
    } else {
      const isRandomAccess = adaptationBytes > 1 && ((packet[5] ?? 0) & 0x40) !== 0;
      this.#media(pid, begins && payload !== undefined ? ticksOf(payload) : undefined, isRandomAccess && begins);
      this.#tablesAt = undefined;
    }
  }

  #table(pid: number, payload: Uint8Array): void {
    const section = payload.subarray(1 + (payload[0] ?? 0));
    if (pid === PAT_PID && section[0] === 0 && section.length >= 12) this.#pmtPid = pidAt(section, 10);
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

  #media(pid: number, ticks: number | undefined, isRandomAccess: boolean): void {
    if (pid !== this.#mediaPid) return;
    if (isRandomAccess && this.#tablesAt !== undefined) {
      this.#cuts.push({ at: this.#tablesAt, ticks, frames: new FrameTimes(), isWhole: true });
    }
    if (ticks !== undefined) this.#cuts.at(-1)?.frames.add(ticks);
  }

  #durationMs(cut: PlaceToCut, next: PlaceToCut | undefined, likelyMs: number): number {
    const own = cut.frames.lengthMs;
    const untilNext =
      cut.ticks === undefined || next?.ticks === undefined
        ? undefined
        : ticksBetween(cut.ticks, next.ticks) / TICKS_PER_MS;
    // A source's timestamps may jump, by days or backwards: then the piece is as long as its own frames say.
    const durationMs = untilNext !== undefined && Math.abs(untilNext - own) <= MAX_HOLE_MS ? untilNext : own;
    return durationMs > 0 && durationMs <= MAX_PIECE_MS ? durationMs : likelyMs;
  }
}

interface PlaceToCut {
  readonly at: number;
  readonly ticks: number | undefined;
  /** Up to the next place. */
  readonly frames: FrameTimes;
  isWhole: boolean;
}

/** Between the last frame of a piece and the first of the next. */
const MAX_HOLE_MS = 1000;
/** No key frames are further apart. */
const MAX_PIECE_MS = 600_000;

/** The times of the frames of one piece, in whatever order they are sent. */
class FrameTimes {
  #first: number | undefined;
  #least = 0;
  #most = 0;
  #count = 0;

  add(ticks: number): void {
    this.#first ??= ticks;
    const since = ticksBetween(this.#first, ticks);
    this.#least = Math.min(this.#least, since);
    this.#most = Math.max(this.#most, since);
    this.#count += 1;
  }

  get lengthMs(): number {
    if (this.#count < 2) return UNKNOWN_FRAME_MS;
    const betweenMs = (this.#most - this.#least) / TICKS_PER_MS;
    return betweenMs + betweenMs / (this.#count - 1);
  }
}

/** From one timestamp to another: the shorter way around. */
function ticksBetween(from: number, to: number): number {
  const forward = (to - from + WRAP_TICKS) % WRAP_TICKS;
  return forward > WRAP_TICKS / 2 ? forward - WRAP_TICKS : forward;
}

/** The presentation timestamp of a packet of the elementary stream that begins here. */
export function ticksOf(payload: Uint8Array): number | undefined {
  const [a, b, c, id, , , , flags = 0] = payload;
  if (a !== 0 || b !== 0 || c !== 1 || id === undefined || (flags & 0x80) === 0 || payload.length < 14)
    return undefined;
  const at = (index: number) => payload[index] ?? 0;
  const high = (at(9) >> 1) & 0x7;
  const middle = (at(10) << 7) | (at(11) >> 1);
  const low = (at(12) << 7) | (at(13) >> 1);
  return high * 2 ** 30 + middle * 2 ** 15 + low;
}

function pidAt(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) & 0x1f) << 8) | (bytes[at + 1] ?? 0);
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) & 0x0f) << 8) | (bytes[at + 1] ?? 0);
}
