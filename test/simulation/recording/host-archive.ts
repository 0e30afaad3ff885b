import { Archive, type ArchiveInput } from '../../../src/archive/archive.ts';
import type { ArchiveSettings } from '../../../src/archive/archive-messages.ts';
import type { HerdParts } from '../../../src/herd/herd-parts.ts';
import type { Clock } from '../../../src/host/clock.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import type { Random } from '../../support/random.ts';
import type { Machine } from '../machine.ts';
import { LiveFiles } from './live-files.ts';
import type { FoundPack } from './recordings.ts';
import { type Answer, type PeersWorld, SimulatedPeers } from './simulated-peers.ts';
import { TimedDisk } from './timed-disk.ts';
import { HandedSegments, type SegmentOfStream } from './written-segments.ts';

export const LIVE_FOLDER = '/data/live';
const ROOT = '/archive';
/** Longer than a start takes to read a disk. */
const SETTLED_MS = 5000;
/** How often a disk that is lost with its host is replaced by an empty one. */
const REPLACED = 0.15;
const TIMES = { syncMs: 2000, afterMs: 2000, graceMs: 5000, adoptMs: 30_000 } as const;

export interface HostArchiveWorld extends PeersWorld {
  /** Media of a pack is about to be removed. */
  removing(host: string, disk: MemoryDisk, media: string): FoundPack | undefined;
  /** An ffmpeg has closed it. */
  wrote(segment: SegmentOfStream): void;
  note(host: string, text: string): void;
  died(host: string): void;
}

/** What a herd tells the archive of its server: as `ArchiveThread`. */
export interface ToldArchive extends NonNullable<HerdParts['archive']> {
  /** All definitions are told. */
  rulesTold(): void;
}

/** The disk of one host, and the archive of the process that runs there now. */
export class HostArchive {
  readonly live: LiveFiles;
  readonly #machine: Machine;
  readonly #random: Random;
  readonly #world: HostArchiveWorld;
  #disk = new MemoryDisk();
  #erased: FoundPack[] = [];
  #handed: HandedSegments;
  #openedMs = Number.POSITIVE_INFINITY;
  #opening: Promise<Archive> | undefined;

  constructor(machine: Machine, random: Random, world: HostArchiveWorld) {
    this.#machine = machine;
    this.#random = random;
    this.#world = world;
    this.live = new LiveFiles(machine, () => this.#disk, world.wrote);
    this.#handed = this.#noneHanded();
    this.#prepare();
  }

  get disk(): MemoryDisk {
    return this.#disk;
  }

  /** What was erased from its disk since its home has it. */
  get erased(): readonly FoundPack[] {
    return this.#erased;
  }

  get handed(): HandedSegments {
    return this.#handed;
  }

  /** Its process has had time to read what the disk has. */
  get isSettled(): boolean {
    return this.#machine.now().monoMs - this.#openedMs > SETTLED_MS;
  }

  /** A question to the archive of the process that runs now, from another server or an operator. */
  ask<T>(ask: (archive: Archive) => Promise<T>, answered: (answer: Answer<T>) => void): void {
    if (!this.#machine.on) return;
    this.#machine.passingMessage(() => {
      void this.#opening?.then(ask).then(
        (value) => answered({ ok: true, value }),
        (error: unknown) => answered({ ok: false, error }),
      );
    });
  }

  /** A process begins. */
  open(clock: Clock): ToldArchive {
    const { name } = this.#machine;
    const { neverSyncs = false } = this.#world.sabotage;
    const onRemove = (path: string) => this.#removing(path);
    const disk = new TimedDisk(this.#disk, this.#machine, { random: this.#random.branch(), onRemove, neverSyncs });
    const random = this.#random.branch();
    const ids = this.#random.branch();
    const { generation } = this.#machine;
    const isAlive = () => this.#machine.generation === generation;
    let peers: SimulatedPeers | undefined;
    const opening = Archive.open(settingsOf(name), {
      ...{ disk, clock },
      newId: () => String(ids.next()),
      post: (message) => {
        if (message.type === 'told') this.#world.note(name, `archive: ${message.told.kind}: ${message.told.why}`);
      },
      runCommand: async () => ({ ok: true }),
      peersOf: (herd) => {
        peers = new SimulatedPeers(name, herd, { clock, random, isAlive, world: this.#world });
        return peers;
      },
      showLiveFolder: () => {},
    });
    this.#opening = opening;
    this.#openedMs = this.#machine.now().monoMs;
    const tell = (input: ArchiveInput) => void opening.then((archive) => archive.receive(input));
    const recorded = new Set<string>();
    return {
      setRule: (stream, rule) => {
        if (rule === null) recorded.delete(stream);
        else recorded.add(stream);
        tell({ type: 'rule', stream, rule });
      },
      setHome: (stream, home) => tell({ type: 'homes', homes: [{ stream, home }] }),
      setServers: (servers) => tell({ type: 'servers', servers }),
      segmentClosed: (segment) => {
        if (!recorded.has(segment.stream)) return;
        this.#handed.add(segment);
        const { recordsLateMs } = this.#world.sabotage;
        if (recordsLateMs === undefined || peers?.hasFetched !== true) tell({ type: 'segment', segment });
        else clock.setTimeout(() => tell({ type: 'segment', segment }), recordsLateMs);
      },
      captureEnded: (stream, why) => {
        if (recorded.has(stream)) tell({ type: 'ended', stream, why });
      },
      rulesTold: () => tell({ type: 'rules-told' }),
    };
  }

  /** The process has ended: nothing that it had begun goes on. */
  end(): void {
    this.#opening = undefined;
    this.#openedMs = Number.POSITIVE_INFINITY;
    this.#handed = this.#noneHanded();
  }

  #noneHanded(): HandedSegments {
    return new HandedSegments(() => this.#machine.now().monoMs);
  }

  /** The power is gone, and sometimes the disk too. */
  lost(): void {
    const isReplaced = this.#random.chance(this.#world.sabotage.disksDie === true ? 1 : REPLACED);
    const { name } = this.#machine;
    if (isReplaced) {
      this.#world.note(name, 'the disk is lost, and replaced by an empty one');
      this.#world.died(name);
      this.#erased = [];
    }
    this.#disk = isReplaced ? new MemoryDisk() : this.#disk.afterPowerLoss(this.#random);
    this.#prepare();
  }

  #prepare(): void {
    // Mount points are there.
    for (const folder of ['/data', LIVE_FOLDER, ROOT]) {
      this.#disk.tamper(`${folder}/any`, Buffer.alloc(0));
      this.#disk.tamper(`${folder}/any`, undefined);
    }
  }

  #removing(path: string): void {
    if (!path.startsWith(`${ROOT}/`) || !path.endsWith('.ts')) return;
    const pack = this.#world.removing(this.#machine.name, this.#disk, path);
    if (pack !== undefined) this.#erased.push(pack);
  }
}

function settingsOf(server: string): ArchiveSettings {
  const { syncMs, ...returning } = TIMES;
  return {
    ...{ server, syncMs, roots: [{ path: ROOT, reserve: 0 }], liveFolder: LIVE_FOLDER },
    ...{ identitiesFile: '/data/archive-roots.json', onPackFile: '/data/archive-on-pack' },
    ...{ returnsPausedFile: '/data/returns-paused', returnsUnconfirmedFile: '/data/returns-unconfirmed' },
    ...{ returning: { ...returning, hours: [] }, capturesHaveEnded: true },
  };
}
