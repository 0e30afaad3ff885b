import type { Ffmpeg } from '../../src/actors/ffmpeg/ffmpeg.ts';
import type { HerdEvent, HerdEventKind } from '../../src/domain/herd-event.ts';
import { type ServerRecord, serverRecordText } from '../../src/domain/records/server-record.ts';
import type { StreamPlace } from '../../src/domain/redirect.ts';
import { Counts } from '../../src/domain/tally.ts';
import { DEFAULT_TIMES, type Times } from '../../src/domain/times.ts';
import { Herd } from '../../src/herd/herd.ts';
import type { HerdParts } from '../../src/herd/herd-parts.ts';
import type { MediaServer } from '../../src/http/media/media-streams.ts';
import type { Entry } from '../../src/nats/buckets/store.ts';
import { eventually } from './eventually.ts';
import { type MemoryWorld, type MemoryWorldOptions, memoryWorld } from './memory-store.ts';
import { streamName } from './stream-names.ts';
import { testLog } from './test-log.ts';

/** What several servers share: the buckets, the gossip, and the cameras. */
export class RoomWorld {
  readonly memory: MemoryWorld;
  readonly rooms = new Set<HerdRoom>();
  /** The servers that capture each stream now. */
  readonly captures = new Map<string, string>();
  /** Streams that were ever captured twice at a time. */
  readonly twice: string[] = [];
  /** Streams whose ffmpeg was ever killed. */
  readonly killed = new Set<string>();
  /** Streams whose ffmpeg does not end when it should: not by SIGTERM, or not until this says nothing more of it. */
  readonly lingers = new Map<string, 'until killed' | 'until released'>();

  constructor(options: MemoryWorldOptions = {}) {
    this.memory = memoryWorld(options);
  }

  /** Writes a key whatever it was, as an operator's tool would. */
  async put(bucket: 'streams' | 'owners' | 'servers', key: string, value: object | string | null): Promise<Entry> {
    const store = this.memory.open(bucket, 'operator');
    const expected = (await store.read(key))?.revision ?? 0;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    await (value === null ? store.remove(key, expected) : store.update(key, text, expected));
    const entry = await store.read(key);
    if (entry === undefined) throw new Error(`${key} is not in ${bucket}`);
    return entry;
  }

  read(bucket: 'streams' | 'owners' | 'servers', key: string): Promise<Entry | undefined> {
    return this.memory.open(bucket, 'operator').read(key);
  }

  server(server: string, session: string, more: Partial<ServerRecord> = {}): Promise<Entry> {
    return this.put('servers', server, serverRecordText(serverRecord(server, session, more)));
  }
}

export function serverRecord(server: string, session: string, more: Partial<ServerRecord> = {}): ServerRecord {
  const url = `http://${server}:8080`;
  return {
    ...{ server, session, state: 'up', peers: [], publicUrl: url, peerUrl: url, capacity: 1, host: 'here' },
    ...{ dataDir: '/data', since: '2026-11-22T06:00:00.000Z', why: 'takes part', renewal: 1, ...more },
  };
}

/** One server's `Herd` on buckets in memory, with ffmpegs and viewers that are recorded. */
export class HerdRoom implements AsyncDisposable {
  readonly server: string;
  readonly herd: Herd;
  readonly log = testLog();
  readonly counts = new Counts();
  readonly events: HerdEvent[] = [];
  readonly places = new Map<string, StreamPlace>();
  readonly segments: string[] = [];
  servers: readonly MediaServer[] = [];
  readonly ended: string[] = [];
  readonly #world: RoomWorld;

  constructor(world: RoomWorld, server: string, times: Partial<Times> = {}, parts: Partial<HerdParts> = {}) {
    this.#world = world;
    this.server = server;
    this.herd = new Herd({
      server,
      streams: world.memory.open('streams', server),
      owners: world.memory.open('owners', server),
      servers: world.memory.open('servers', server),
      times: { ...DEFAULT_TIMES, returnAfterMs: 1, heirGraceMs: 50, ...times },
      segmentMs: 1000,
      lowLatency: false,
      liveFolder: '/nowhere/live',
      ffmpeg: recordedFfmpeg(world, server),
      media: this.#media(),
      log: this.log,
      tally: this.counts,
      publish: (event) => this.events.push(event),
      sendReports: (text) => {
        for (const room of world.rooms) room.herd.reports.receive(server, text);
      },
      onAmnesia: (why) => this.ended.push(`amnesia: ${why}`),
      onBroken: (why) => this.ended.push(`broken: ${why}`),
      ...parts,
    });
    world.rooms.add(this);
  }

  /** On the roster, standing and planning. */
  async join(session = `${this.server}-1`): Promise<void> {
    await this.herd.filled();
    await this.#world.server(this.server, session);
    await eventually(`${this.server} sees itself`, () => this.herd.servers.isLive(session));
    this.herd.standingGained(session, 1);
    this.herd.rounds.open();
  }

  /** What the room noted for tests, and no server keeps. */
  forgetWhatHappened(): void {
    this.events.length = 0;
    this.segments.length = 0;
    this.log.clear();
  }

  kinds(stream?: string): HerdEventKind[] {
    return this.events.filter((event) => stream === undefined || event.stream === stream).map(({ kind }) => kind);
  }

  stateOf(stream: string): string | undefined {
    const value = this.herd.registry.snapshot(streamName(stream))?.value;
    return typeof value === 'object' ? Object.keys(value)[0] : value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#world.rooms.delete(this);
    await this.herd[Symbol.asyncDispose]();
  }

  #media(): HerdParts['media'] {
    return {
      setStream: (stream, place) => this.places.set(stream, place),
      removeStream: (stream) => this.places.delete(stream),
      addSegment: ({ stream, number }) => this.segments.push(`${stream} ${number}`) > 0,
      setServers: (servers) => {
        this.servers = servers;
      },
    };
  }
}

/** Live at once; closes one segment when it is stopped, and dies a moment after, if it does not linger. */
export function recordedFfmpeg({ captures, twice, killed, lingers }: RoomWorld, server: string): Ffmpeg {
  return ({ input, sendBack, receive }) => {
    const { stream, epoch, startNumber } = input;
    if (captures.has(stream)) twice.push(stream);
    captures.set(stream, server);
    sendBack({ type: 'ffmpeg.started', pid: 1 });
    sendBack({ type: 'ffmpeg.progressed', outTimeMs: 1000, bitrateKbps: 800 });
    const end = () => {
      if (captures.get(stream) === server) captures.delete(stream);
    };
    let ending: NodeJS.Timeout | undefined;
    let isKilled = false;
    const endSoon = () => {
      ending = setTimeout(() => {
        const lingering = lingers.get(stream);
        if (lingering === 'until released' || (lingering === 'until killed' && !isKilled)) return endSoon();
        end();
        sendBack({ type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'it was stopped' } });
      }, 5);
    };
    receive((command) => {
      isKilled ||= command.type === 'ffmpeg.kill';
      if (isKilled) killed.add(stream);
      if (command.type === 'ffmpeg.stop') {
        const times = { startMs: 0, durationMs: 1000, bytes: 188, discontinuity: true };
        const segment = { stream, epoch, number: startNumber, file: `${startNumber}.ts`, ...times };
        sendBack({ type: 'ffmpeg.segment', segment });
      }
      if (ending === undefined) endSoon();
    });
    return () => {
      clearTimeout(ending);
      end();
    };
  };
}
