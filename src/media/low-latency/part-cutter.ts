import { FIRST_SEGMENT_SHARE } from '../../domain/segments/first-segment.ts';
import { decodeTicksOf, MediaPackets, TICKS_PER_MS, ticksBetween, UNKNOWN_FRAME_MS } from '../format/media-packets.ts';
import { TS_PACKET_BYTES } from '../format/transport-packet.ts';

/** A piece of a segment that is still being written: some frames, with the tables in front, so that a player can begin with it. */
export interface Part {
  readonly bytes: Buffer;
  readonly durationMs: number;
  /** There is a key frame in it. */
  readonly isIndependent: boolean;
}

export interface PartCutterInput {
  readonly segmentMs: number;
  /** The stream's number by which it was told what this connection carries; before everything else. */
  readonly onTap: (id: number) => void;
  readonly onPart: (part: Part) => void;
  /** The parts since the last one are a segment: the next part begins with a key frame. */
  readonly onSegment: () => void;
}

/**
 * Parts of so much at least. Players wait for three of them (PART-HOLD-BACK), and each is a request of each player. A part is longer by up
 * to one frame.
 */
export const LEAST_PART_MS = 425;
/** A key frame that comes up to half a frame too early is in time. */
const EARLY_MS = 20;
/** Longer than between any two frames: the source's clock has jumped. */
const MAX_FRAME_MS = 10_000;
/** More than any frames of `LEAST_PART_MS`: this is no stream that can be cut. */
const MAX_PART_BYTES = 32 * 1024 * 1024;

export class NoTransportStreamError extends Error {
  override readonly name = 'NoTransportStreamError';
}

/**
 * Cuts the transport stream that ffmpeg writes beside its segments into parts and segments, at the beginnings of frames. It takes the stream
 * bit by bit. What comes before the first key frame is left out.
 */
export class PartCutter {
  readonly #input: PartCutterInput;
  readonly #media = new MediaPackets();
  #rest: Uint8Array = new Uint8Array(0);
  #hasTap = false;
  #tables: Uint8Array[] = [];
  #packets: Uint8Array[] = [];
  #isIndependent = false;
  #frameTicks: number | undefined;
  #partMs = 0;
  #segmentMs = 0;
  #isFirst = true;
  #hasBegun = false;

  constructor(input: PartCutterInput) {
    this.#input = input;
  }

  /** @throws NoTransportStreamError */
  push(bytes: Uint8Array): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (; at + TS_PACKET_BYTES <= all.length; at += TS_PACKET_BYTES) {
      this.#packet(all.subarray(at, at + TS_PACKET_BYTES));
    }
    this.#rest = all.slice(at);
  }

  /** Nothing comes any more: what there is is the last part. */
  end(): void {
    if (!this.#hasBegun || this.#packets.length === 0) return;
    this.#countFrame(undefined);
    this.#closePart();
    this.#input.onSegment();
    this.#hasBegun = false;
  }

  #packet(packet: Uint8Array): void {
    const found = this.#media.read(packet);
    if (found === undefined) throw new NoTransportStreamError('it sends what is no MPEG transport stream');
    if (found.what === 'service') return;
    if (found.what === 'tables') {
      this.#takeTable(packet, found.pid === 0);
      return;
    }
    if (found.what === 'media' && found.begins) this.#beginFrame(found.isKey, decodeTicksOf(found.payload));
    if (!this.#hasBegun) return;
    this.#packets.push(packet);
    if (this.#packets.length * TS_PACKET_BYTES > MAX_PART_BYTES) {
      throw new NoTransportStreamError(`no frame begins within ${MAX_PART_BYTES} bytes`);
    }
  }

  #takeTable(packet: Uint8Array, isFirst: boolean): void {
    const { tapId } = this.#media;
    if (!this.#hasTap && tapId !== undefined) {
      this.#hasTap = true;
      this.#input.onTap(tapId);
    }
    this.#tables = isFirst ? [packet] : [...this.#tables.slice(0, 1), packet];
  }

  #beginFrame(isKey: boolean, ticks: number | undefined): void {
    if (!this.#hasBegun) {
      this.#hasBegun = isKey;
      this.#isIndependent = isKey;
      this.#frameTicks = ticks;
      return;
    }
    this.#countFrame(ticks);
    const leastMs = this.#input.segmentMs * (this.#isFirst ? FIRST_SEGMENT_SHARE : 1) - EARLY_MS;
    if (isKey && this.#segmentMs >= leastMs) {
      this.#closePart();
      this.#input.onSegment();
      this.#segmentMs = 0;
      this.#isFirst = false;
    } else if (this.#partMs >= LEAST_PART_MS) this.#closePart();
    this.#isIndependent ||= isKey;
  }

  /** @param nextTicks when the next frame is decoded. */
  #countFrame(nextTicks: number | undefined): void {
    const known = this.#frameTicks !== undefined && nextTicks !== undefined;
    const ms = known ? ticksBetween(this.#frameTicks ?? 0, nextTicks) / TICKS_PER_MS : UNKNOWN_FRAME_MS;
    const lasts = ms >= 0 && ms <= MAX_FRAME_MS ? ms : UNKNOWN_FRAME_MS;
    this.#partMs += lasts;
    this.#segmentMs += lasts;
    this.#frameTicks = nextTicks;
  }

  #closePart(): void {
    const bytes = Buffer.concat([...this.#tables, ...this.#packets]);
    const part = { bytes, durationMs: Math.max(1, Math.round(this.#partMs)), isIndependent: this.#isIndependent };
    this.#packets = [];
    this.#isIndependent = false;
    this.#partMs = 0;
    this.#input.onPart(part);
  }
}
