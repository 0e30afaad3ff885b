import { decodeTicksOf, ticksOf } from './media-packets.ts';
import { type ListedStream, ProgramTables } from './program-tables.ts';
import { packetOf, type TransportPacket, TS_PACKET_BYTES } from './transport-packet.ts';

/** One packet of an elementary stream: a frame of the picture, or some frames of the sound. */
export interface StreamPacket {
  /** When it is decoded and when it is shown, by a clock of 90 kHz that has 33 bits. */
  readonly decodeTicks: number;
  readonly shownTicks: number;
  readonly isKey: boolean;
  readonly data: Buffer;
}

export type VideoName = 'H.264' | 'HEVC';

const VIDEO: Readonly<Record<number, VideoName>> = { 27: 'H.264', 36: 'HEVC' };
const AAC = 15;
/** Of data beside picture and sound, which players pass over. Behind the number of private data there may be sound. */
const DATA_TYPES = new Set([0x05, 0x0d, 0x15]);
/** Of the head of a packet, before its times. */
const LEAST_HEAD_BYTES = 9;

/** Takes a transport stream apart: its first picture, and its first sound. */
export class ElementaryStreams {
  readonly #tables = new ProgramTables();
  readonly video: StreamPacket[] = [];
  readonly audio: StreamPacket[] = [];
  #picture: OpenPacket | undefined;
  #sound: OpenPacket | undefined;

  /** `undefined`: there is no picture, or one that is coded in another way. */
  get videoName(): VideoName | undefined {
    return VIDEO[this.#find(({ type }) => type in VIDEO)?.type ?? 0];
  }

  /** Picture or sound that this class does not take. */
  get hasOthers(): boolean {
    const taken = [this.#picture, this.#sound].map((open) => open?.pid);
    return (this.#tables.streams ?? []).some(({ type, pid }) => !taken.includes(pid) && !DATA_TYPES.has(type));
  }

  /** The first packets are there of all that the tables list. */
  get hasAll(): boolean {
    const { streams } = this.#tables;
    if (streams === undefined) return false;
    return (!this.#picture || this.video.length > 0) && (!this.#sound || this.audio.length > 0);
  }

  /** @param bytes one packet */
  packet(bytes: Uint8Array): void {
    const packet = packetOf(bytes);
    if (packet === undefined) return;
    if (this.#tables.take(packet)) this.#choose();
    else if (packet.pid === this.#picture?.pid) take(this.#picture, packet, this.video);
    else if (packet.pid === this.#sound?.pid) take(this.#sound, packet, this.audio);
  }

  /** Nothing comes any more. */
  end(): void {
    if (this.#picture) close(this.#picture, this.video);
    if (this.#sound) close(this.#sound, this.audio);
  }

  #choose(): void {
    const picture = this.#find(({ type }) => type in VIDEO);
    const sound = this.#find(({ type }) => type === AAC);
    this.#picture ??= picture && { pid: picture.pid, chunks: [], isKey: false };
    this.#sound ??= sound && { pid: sound.pid, chunks: [], isKey: false };
  }

  #find(isWanted: (stream: ListedStream) => boolean): ListedStream | undefined {
    return this.#tables.streams?.find(isWanted);
  }
}

/** All of `bytes`; only so much of it as `isEnough` asks for. */
export function elementaryStreams(
  bytes: Uint8Array,
  isEnough: (streams: ElementaryStreams) => boolean = () => false,
): ElementaryStreams {
  const streams = new ElementaryStreams();
  for (let at = 0; at + TS_PACKET_BYTES <= bytes.length && !isEnough(streams); at += TS_PACKET_BYTES) {
    streams.packet(bytes.subarray(at, at + TS_PACKET_BYTES));
  }
  streams.end();
  return streams;
}

interface OpenPacket {
  readonly pid: number;
  chunks: Uint8Array[];
  isKey: boolean;
}

function take(open: OpenPacket, { begins, isRandomAccess, payload }: TransportPacket, packets: StreamPacket[]): void {
  if (begins) {
    close(open, packets);
    open.isKey = isRandomAccess;
  } else if (open.chunks.length === 0) return;
  open.chunks.push(payload);
}

function close(open: OpenPacket, packets: StreamPacket[]): void {
  const { chunks, isKey } = open;
  const [first] = chunks;
  open.chunks = [];
  const [shownTicks, decodeTicks] = first === undefined ? [] : [ticksOf(first), decodeTicksOf(first)];
  if (first === undefined || shownTicks === undefined || decodeTicks === undefined) return;
  const headBytes = LEAST_HEAD_BYTES + (first[LEAST_HEAD_BYTES - 1] ?? 0);
  const data = Buffer.concat([first.subarray(Math.min(first.length, headBytes)), ...chunks.slice(1)]);
  packets.push({ decodeTicks, shownTicks, isKey, data });
}
