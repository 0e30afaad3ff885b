import type { ArchiveSettings, RecordingRule } from '../../../src/archive/archive-messages.ts';
import type { Receipt } from '../../../src/archive/debts/receipt.ts';
import { type ReturnPeers, SourceGone } from '../../../src/archive/debts/return-peers.ts';
import type { HerdServer, HomeOfStream } from '../../../src/archive/herd-homes.ts';
import { HeapClock } from '../heap-clock.ts';
import { ArchiveRoom } from './archive-room.ts';
import { MemoryDisk } from './memory-disk.ts';
import { SEGMENT_MS, START_MS } from './pack-fixture.ts';

export const GRACE_MS = 20_000;
const STEP_MS = 500;
const TURNS = 12;

/** What a server is told of a stream. */
export interface HerdStream {
  readonly stream: string;
  readonly home: string;
  readonly owner?: string | undefined;
  readonly captureAt?: string | undefined;
  readonly rule?: Partial<RecordingRule>;
}

/** The archives of several servers in one process, with one clock. They reach each other as a home reaches its holders, by their desks. */
export class ReturnHerd {
  readonly rooms = new Map<string, ArchiveRoom>();
  readonly clock = new HeapClock();
  readonly streams = new Map<string, HerdStream>();
  /** Servers that no other reaches. */
  readonly cut = new Set<string>();
  /** What becomes of bytes between servers. */
  onWire: (bytes: Buffer) => Buffer = (bytes) => bytes;
  /** Before a receipt reaches its holder, and after it was answered: an error here loses it, or its answer. */
  onReceipt: (when: 'sent' | 'answered', receipt: Receipt) => void = () => {};
  readonly #settings: Partial<ArchiveSettings>;
  #starts = 0;

  constructor(settings: Partial<ArchiveSettings> = {}) {
    this.#settings = settings;
  }

  room(server: string): ArchiveRoom {
    const room = this.rooms.get(server);
    if (room === undefined) throw new Error(`${server} is not there`);
    return room;
  }

  /** A server starts, for the first time or again on the disk that its last run left. */
  async start(server: string, disk = new MemoryDisk()): Promise<ArchiveRoom> {
    const returning = { afterMs: 1000, hours: [], graceMs: GRACE_MS, adoptMs: 7 * 86_400_000 };
    const settings = { server, returning, ...this.#settings };
    const peersOf = () => this.#peersOf(server);
    disk.nowMs = START_MS + this.clock.now();
    const room = await new ArchiveRoom(disk, settings, { clock: this.clock, peersOf }).open();
    this.#starts += 1;
    this.rooms.set(server, room);
    this.#tell(room);
    room.archive.receive({ type: 'rules-told' });
    this.#tellServers();
    return room;
  }

  /** Its process is gone. What it still does reaches no disk and no other server. */
  stop(server: string): MemoryDisk {
    const { disk } = this.room(server);
    disk.writesLeft = 0;
    this.rooms.delete(server);
    this.#tellServers();
    return disk;
  }

  define(stream: HerdStream): void {
    this.streams.set(stream.stream, stream);
    for (const room of this.rooms.values()) this.#tell(room);
  }

  /** A server records segments that follow one another, and its capture ends. */
  async record(
    server: string,
    stream: string,
    epoch: number,
    numbers: { from: number; count: number; startMs: number },
  ) {
    const room = this.room(server);
    const { from, count, startMs } = numbers;
    const files: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const segment = room.file(stream, epoch, from + index, startMs + index * SEGMENT_MS);
      files.push(segment.file);
      room.archive.receive({ type: 'segment', segment: { ...segment, discontinuity: index === 0 } });
    }
    await this.advance(1000);
    room.archive.receive({ type: 'ended', stream, why: 'its capture has ended' });
    await this.advance(1000);
    // They are in no live window any more.
    for (const file of files) room.disk.tamper(file, undefined);
  }

  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.clock.advance(STEP_MS);
      for (const { disk } of this.rooms.values()) disk.nowMs = START_MS + this.clock.now();
      for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Until `isSo`, for `withinMs` of its clock at most. @returns whether it was so. */
  async until(isSo: () => boolean | Promise<boolean>, withinMs = 300_000): Promise<boolean> {
    for (let passed = 0; passed < withinMs; passed += STEP_MS) {
      if (await isSo()) return true;
      await this.advance(STEP_MS);
    }
    return isSo();
  }

  /** The segments that a player is given of a stream, by all servers together: `<epoch>-<number>`, each with the servers that list it. */
  async listed(stream: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const listed = new Map<string, string[]>();
    for (const [server, room] of this.rooms) {
      const blocks = await room.archive.desk.segments({ stream, fromMs: 0, untilMs: 1e15 });
      for (const { epoch, numbers } of blocks) {
        for (const number of numbers) {
          const key = `${epoch}-${number}`;
          listed.set(key, [...(listed.get(key) ?? []), server]);
        }
      }
    }
    return listed;
  }

  /** What the servers hold of each other's, in packs. */
  async owedPacks(): Promise<number> {
    let packs = 0;
    for (const { archive } of this.rooms.values()) {
      for (const home of (await archive.desk.returns({})).owing) packs += home.packs + home.resting.packs;
    }
    return packs;
  }

  #tell({ archive }: ArchiveRoom): void {
    for (const { stream, home, owner, captureAt, rule } of this.streams.values()) {
      archive.receive({ type: 'rule', stream, rule: { home, segmentMs: SEGMENT_MS, keepMs: 86_400_000, ...rule } });
      const told: HomeOfStream = { stream, home: { home, owner, captureAt } };
      archive.receive({ type: 'homes', homes: [told] });
    }
  }

  #tellServers(): void {
    const servers = [...this.rooms.keys()].map((server): HerdServer => {
      return { server, session: `${server} ${this.#starts}`, state: 'up', address: '' };
    });
    for (const { archive } of this.rooms.values()) archive.receive({ type: 'servers', servers });
  }

  #peersOf(asking: string): ReturnPeers {
    const reached = (server: string): ArchiveRoom => {
      if (this.cut.has(server) || this.cut.has(asking) || !this.rooms.has(server))
        throw new Error('it cannot be reached');
      return this.room(server);
    };
    const herd = this;
    return {
      servers: () => [...this.rooms.keys()].filter((name) => name !== asking).map((name) => ({ name, isUp: true })),
      debts: async (server, after) => reached(server).archive.desk.debts({ home: asking, after }),
      index: async (server, pack) => {
        const index = await reached(server).archive.desk.packIndex(pack);
        if (index === undefined) throw new SourceGone('it has no such pack');
        return index;
      },
      async *media(server, pack, { fromByte, untilByte }) {
        const place = await reached(server).archive.desk.packFile(pack);
        if (place === undefined) throw new SourceGone('it has no such pack');
        for (let at = fromByte; at < untilByte; at += PIECE_BYTES) {
          const bytes = await reached(server).disk.read(place.file, at, Math.min(PIECE_BYTES, untilByte - at));
          yield herd.onWire(bytes);
        }
      },
      receipt: async (server, receipt) => {
        herd.onReceipt('sent', receipt);
        const answer = await reached(server).archive.desk.receipt(receipt);
        herd.onReceipt('answered', receipt);
        return answer;
      },
    };
  }
}

const PIECE_BYTES = 1000;
