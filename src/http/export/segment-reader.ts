import { open } from 'node:fs/promises';
import type { SegmentPlace } from '../../archive/archive-calls.ts';
import type { ArchiveClient } from '../../archive/archive-client.ts';
import { within } from '../../archive/disk/stall.ts';
import type { SegmentPiece } from '../../archive/export/byte-layout.ts';
import { segmentHash } from '../../archive/pack/pack-reading.ts';
import { pathOf } from '../../domain/definition/stream-name.ts';
import { Gate } from '../../domain/gate.ts';
import { below } from '../../domain/redirect.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import { READ_OWN } from '../../host/disk/own-files.ts';
import { exportsOfRoot } from '../../media/disk-places.ts';
import { segmentName } from '../../media/segment-name.ts';
import type { ArchiveLibrary } from '../archive/archive-library.ts';
import type { ArchivePeer } from '../archive/peer-archive.ts';

/** A segment that was listed cannot be had from any server. */
export class SegmentUnreadable extends Error {
  override readonly name = 'SegmentUnreadable';
}

export interface SegmentReaderOptions {
  readonly server: string;
  readonly client: Pick<ArchiveClient, 'ask'>;
  readonly library: Pick<ArchiveLibrary, 'holderOf'>;
  readonly peers: () => readonly ArchivePeer[];
}

/** A disk that has not answered by then hangs: another server may have the segment. */
const READ_WITHIN_MS = 10_000;
const READ_BYTES = 1024 * 1024;
/** Of an answer at a time. */
const CHUNK_BYTES = 256 * 1024;
/** A segment of more is none. */
const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;
/** Another server that sends nothing for so long is taken for one that does not answer. */
const PEER_SILENT_MS = 5000;
/** Connections to one other server: it counts them as those of one client, and they are for its live streams too. */
const PEER_PLACES = { places: 4, maxWaiting: 64 } as const;

/** Reads bytes of recorded segments where they are: on this server, or from another over HTTP. */
export class SegmentReader {
  readonly #options: SegmentReaderOptions;
  /** A root that hangs holds up no other. */
  readonly #disks = new Map<string, Gate>();
  readonly #peers = new Map<string, Gate>();

  constructor(options: SegmentReaderOptions) {
    this.#options = options;
  }

  /**
   * Exactly the bytes of the piece, from whichever servers have them: if one fails, the next one goes on where it stopped. Throws
   * `SegmentUnreadable`, and the signal's reason.
   */
  async *read(stream: string, piece: SegmentPiece, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const tried: string[] = [];
    let why = '';
    let sent = 0;
    for (let server: string | undefined = piece.server; server !== undefined; ) {
      try {
        const left = { ...piece, at: piece.at + sent, bytes: piece.bytes - sent };
        for await (const bytes of this.#from(server, stream, left, signal)) {
          sent += bytes.length;
          yield bytes;
        }
        return;
      } catch (error) {
        signal.throwIfAborted();
        why = error instanceof Error ? error.message : String(error);
        tried.push(server);
        server = await this.#another(stream, piece, tried);
      }
    }
    throw new SegmentUnreadable(`segment ${segmentName(piece)} of ${stream} cannot be read: ${why}`);
  }

  /** Whole, for one that is small. */
  async whole(stream: string, piece: SegmentPiece, signal: AbortSignal): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const bytes of this.read(stream, piece, signal)) chunks.push(bytes);
    return Buffer.concat(chunks);
  }

  #from(server: string, stream: string, piece: SegmentPiece, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (server === this.#options.server) return this.#own(stream, piece, signal);
    const peer = this.#options.peers().find(({ name }) => name === server);
    if (peer === undefined) throw new Error(`${server} is not known any more`);
    return this.#of(peer, stream, piece, signal);
  }

  /** All of it comes at once, so that a client that takes its time keeps no connection between servers. */
  async *#of(peer: ArchivePeer, stream: string, piece: SegmentPiece, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (piece.bytes > MAX_SEGMENT_BYTES) throw tooLarge(piece.bytes);
    const places = this.#peers.get(peer.name) ?? new Gate(PEER_PLACES);
    this.#peers.set(peer.name, places);
    yield* inChunks(await places.run(() => fetched(peer, stream, piece, signal), signal));
  }

  async #another(stream: string, piece: SegmentPiece, tried: readonly string[]): Promise<string | undefined> {
    const holder = await this.#options.library.holderOf(stream, piece, tried);
    if (holder.at === 'here') return this.#options.server;
    return holder.at === 'peer' ? holder.peer.name : undefined;
  }

  async *#own(stream: string, piece: SegmentPiece, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { epoch, number, wholeBytes } = piece;
    const place = await this.#options.client.ask('locate', { stream, epoch, number });
    if (place === undefined) throw new Error('it is not here any more');
    if (place.bytes !== wholeBytes) throw new Error(`it has ${place.bytes} bytes: expected ${wholeBytes}`);
    const whole = await this.#segment(place, signal);
    yield* inChunks(whole.subarray(piece.at, piece.at + piece.bytes));
  }

  /** Whole, also for a part of it: what is rotten can only be told so. */
  async #segment(place: SegmentPlace, signal: AbortSignal): Promise<Buffer> {
    if (place.bytes > MAX_SEGMENT_BYTES) throw tooLarge(place.bytes);
    const whole = Buffer.allocUnsafeSlow(place.bytes);
    for (let at = 0; at < place.bytes; at += READ_BYTES) {
      const part = whole.subarray(at, Math.min(at + READ_BYTES, place.bytes));
      const reading = this.#diskOf(place.root).run(() => readInto(part, place.file, place.at + at), signal);
      await within(PROCESS_CLOCK, READ_WITHIN_MS, reading);
    }
    if (place.sha256 !== undefined && segmentHash(whole) !== place.sha256) throw new Error('it is rotten');
    return whole;
  }

  #diskOf(root: string): Gate {
    const disk = this.#disks.get(root) ?? exportsOfRoot();
    this.#disks.set(root, disk);
    return disk;
  }
}

async function readInto(part: Uint8Array, file: string, at: number): Promise<void> {
  const opened = await open(file, READ_OWN);
  try {
    const { bytesRead } = await opened.read(part, 0, part.length, at);
    if (bytesRead < part.length) throw new Error(`${file} ends before ${at + part.length}`);
  } finally {
    await opened.close();
  }
}

async function fetched(peer: ArchivePeer, stream: string, piece: SegmentPiece, signal: AbortSignal): Promise<Buffer> {
  const { name, peerUrl } = peer;
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(new Error(`${name} sends nothing`)), PEER_SILENT_MS);
  try {
    const path = `/${pathOf(stream)}/${segmentName(piece)}`;
    const response = await fetch(below(peerUrl, path), {
      headers: { ...peer.headers?.(), Range: `bytes=${piece.at}-${piece.at + piece.bytes - 1}` },
      signal: AbortSignal.any([signal, silent.signal]),
      redirect: 'error',
    });
    if (response.status !== 206) throw new Error(`${name} answered ${response.status}`);
    const bytes = Buffer.allocUnsafeSlow(piece.bytes);
    let sent = 0;
    // The body of a fetch response is an async iterable in Node; the type of the web standard is not.
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      timer.refresh();
      if (sent + part.length <= bytes.length) bytes.set(part, sent);
      sent += part.length;
    }
    if (sent !== bytes.length) throw new Error(`it sent ${sent} bytes: expected ${bytes.length}`);
    return bytes;
  } finally {
    clearTimeout(timer);
  }
}

function* inChunks(bytes: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    // A copy: what crosses to another thread takes all of the memory along that it is a part of.
    yield new Uint8Array(bytes.subarray(at, at + CHUNK_BYTES));
  }
}

function tooLarge(bytes: number): Error {
  return new Error(`it has ${bytes} bytes: expected ${MAX_SEGMENT_BYTES} at most`);
}
