import { Archive, type ArchiveWorld } from '../../../src/archive/archive.ts';
import type { ArchiveCalls } from '../../../src/archive/archive-calls.ts';
import type { ArchiveSettings, LiveFolderState, RecordingRule } from '../../../src/archive/archive-messages.ts';
import type { ReturnPeers } from '../../../src/archive/debts/return-peers.ts';
import type { PackCommand, PackCommandEnd } from '../../../src/archive/handing-on/pack-command.ts';
import type { Told } from '../../../src/domain/herd-event.ts';
import type { Segment } from '../../../src/domain/segments/segment.ts';
import { HeapClock } from '../heap-clock.ts';
import { MemoryDisk } from './memory-disk.ts';
import { SEGMENT_MS, START_MS, testSegment } from './pack-fixture.ts';

export const RULE: RecordingRule = { home: 's01', segmentMs: SEGMENT_MS, keepMs: 86_400_000 };
const STEP_MS = 500;
const none = () => {
  throw new Error('there is no other server');
};
const NO_PEERS: ReturnPeers = { servers: () => [], debts: none, index: none, media: none, receipt: none };

/** What the archives of several servers have in common. */
export interface SharedWorld {
  readonly clock: HeapClock;
  readonly peersOf: ArchiveWorld['peersOf'];
}

/** The archive of a server with a disk in memory and a clock that is turned by hand. */
export class ArchiveRoom {
  readonly disk: MemoryDisk;
  readonly told: Told[] = [];
  /** Each time that the archive said that it can store nothing, or that it can again. */
  readonly storage: (string | undefined)[] = [];
  readonly #clock: HeapClock;
  readonly #peersOf: ArchiveWorld['peersOf'];
  readonly #settings: ArchiveSettings;
  #archive: Archive | undefined;
  /** What was asked to be run for packs, and how each ends. */
  readonly commands: PackCommand[] = [];
  commandEnd: PackCommandEnd = { ok: true };
  liveFolder: LiveFolderState = { type: 'live-folder', held: [], isSwept: false };

  constructor(
    disk = new MemoryDisk(),
    settings: Partial<ArchiveSettings> = {},
    { clock = new HeapClock(), peersOf = () => NO_PEERS }: Partial<SharedWorld> = {},
  ) {
    this.disk = disk;
    this.#clock = clock;
    this.#peersOf = peersOf;
    this.#settings = {
      ...{ server: 's01', liveFolder: '/live', identitiesFile: '/data/archive-roots.json', syncMs: 10_000 },
      ...{ onPackFile: '/data/archive-on-pack', returnsPausedFile: '/data/returns-paused' },
      returnsUnconfirmedFile: '/data/returns-unconfirmed',
      returning: { afterMs: 5000, hours: [], graceMs: 3_600_000, adoptMs: 7 * 86_400_000 },
      ...{ roots: [{ path: '/disk', reserve: 0.05 }], capturesHaveEnded: true },
      ...settings,
    };
  }

  get archive(): Archive {
    if (this.#archive === undefined) throw new Error('the archive is not open yet');
    return this.#archive;
  }

  async open(): Promise<this> {
    const clock = this.#clock.asClock(START_MS);
    await this.disk.makeFolder('/data');
    this.#archive = await Archive.open(this.#settings, {
      ...{ disk: this.disk, clock },
      peersOf: this.#peersOf,
      runCommand: async (command) => {
        this.commands.push(command);
        return this.commandEnd;
      },
      post: (message) => {
        if (message.type === 'told') this.told.push(message.told);
        if (message.type === 'storage') this.storage.push(message.problem);
      },
      showLiveFolder: (state) => {
        this.liveFolder = state;
      },
    });
    return this;
  }

  /** A closed segment lies in the live folder. */
  file(stream: string, epoch: number, number: number, startMs: number): Segment {
    const { durationMs, content } = testSegment(number + epoch * 100_000, startMs);
    const file = `/live/${stream}/${epoch}-${number}.ts`;
    this.disk.tamper(file, content);
    return { stream, epoch, number, discontinuity: false, startMs, durationMs, bytes: content.length, file };
  }

  /** A capture closes segments one after the other. */
  async capture(stream: string, epoch: number, from: number, count: number, startMs = START_MS): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const segment = this.file(stream, epoch, from + index, startMs + index * SEGMENT_MS);
      this.archive.receive({ type: 'segment', segment: { ...segment, discontinuity: index === 0 } });
      await this.advance(SEGMENT_MS);
    }
  }

  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.#clock.advance(Math.min(STEP_MS, ms - passed));
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Epoch and numbers of what is listed, a pack each. */
  async packs(stream: string): Promise<readonly string[]> {
    const { segments } = this.archive.desk;
    const blocks: ReturnType<ArchiveCalls['segments']> = await segments({ stream, fromMs: 0, untilMs: 1e15 });
    return blocks.map(({ epoch, numbers }) => `${epoch}: ${numbers[0]} to ${numbers.at(-1)}`);
  }

  events(kind: Told['kind']): readonly string[] {
    return this.told.filter((told) => told.kind === kind).map(({ why }) => why);
  }
}
