import { MediaPackets, TICKS_PER_MS, ticksBetween, ticksOf, UNKNOWN_FRAME_MS } from './format/media-packets.ts';
import { SYNC_BYTE, TS_PACKET_BYTES } from './format/transport-packet.ts';

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

/**
 * Finds where an MPEG transport stream can be cut, without its index: the archive uses this when the index is lost.
 *
 * ffmpeg's HLS muxer begins every segment with its tables (SDT, PAT, PMT) and a key frame. Tables come also between segments'
 * beginnings, twice a second or more, so a place to cut is where tables stand directly before a packet that is marked as random access.
 * In a stream without video every packet is marked so.
 *
 * It takes the stream bit by bit; the bits need not end where packets do.
 */
export class TransportScan {
  #rest: Uint8Array = new Uint8Array(0);
  #at = 0;
  readonly #packets = new MediaPackets();
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
    const found = this.#packets.read(packet);
    if (found === undefined) return;
    if (found.what === 'tables' || found.what === 'service') {
      this.#tablesAt ??= this.#at;
      return;
    }
    if (found.what === 'media') this.#media(found.begins ? ticksOf(found.payload) : undefined, found.isKey);
    this.#tablesAt = undefined;
  }

  #media(ticks: number | undefined, isRandomAccess: boolean): void {
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
