import { dirname } from 'node:path';
import { destinationOf } from '../../../src/archive/debts/destination.ts';
import { RETURNED_FILE } from '../../../src/archive/pack/day-summary.ts';
import { parseIndex } from '../../../src/archive/pack/pack-index.ts';
import type { MemoryDisk } from '../../support/archive/memory-disk.ts';

export interface RecordingHost {
  readonly name: string;
  readonly disk: MemoryDisk;
  /** It is lost, and does not come back. */
  readonly isGone: boolean;
}

export interface RecordingsWorld {
  nowMs(): number;
  hosts(): readonly RecordingHost[];
  captureAtOf(stream: string): string | undefined;
  /** The server that has the stream. */
  ownerOf(stream: string): string | undefined;
  violate(promise: 'A1' | 'A2' | 'A5', what: string): void;
}

export interface ClosedPack {
  readonly path: string;
  readonly found: FoundPack;
  readonly media: Buffer;
  /** It was on no other disk when its own one died. */
  isExcused: boolean;
}

export interface FoundPack {
  readonly path: string;
  readonly stream: string;
  readonly epoch: number;
  /** Of its segments. */
  readonly numbers: readonly number[];
  readonly home: string;
}

const ROOT = '/archive/';
const INDEX = /\.m3u8$/;
/** An erasing follows the last read-back within so long: a home that dies in between was the only disk. */
const ERASING_MS = 3000;

/**
 * What the disks of all hosts have of packs that are closed, whatever the archives believe. The same pack has the same path on every disk, so what is
 * promised of returns is judged by comparing files.
 */
export class Recordings {
  readonly #world: RecordingsWorld;
  readonly #closed = new Map<string, ClosedPack>();
  /** Seen for the first time at the last scan. */
  #young = new Set<string>();
  #lastDeathMs = Number.NEGATIVE_INFINITY;
  erased = 0;

  constructor(world: RecordingsWorld) {
    this.#world = world;
  }

  /** A1, A2: at the very moment in which a holder removes its copy. @returns which pack it is. */
  removing(host: string, disk: MemoryDisk, path: string): FoundPack | undefined {
    const indexFile = path.replace(/\.ts$/, '.m3u8');
    const pack = packOf(disk, indexFile);
    if (pack !== undefined) this.#erasing(host, disk, path, indexFile);
    return pack;
  }

  #erasing(host: string, disk: MemoryDisk, path: string, indexFile: string): void {
    this.erased += 1;
    const tombstones = `${dirname(dirname(path))}/${RETURNED_FILE}`;
    if (!disk.isDurable(tombstones))
      this.#world.violate('A2', `${host} erases ${path} before its tombstone is durable`);
    const media = disk.contentOf(path);
    const others = this.#world.hosts().filter(({ name }) => name !== host);
    const copies = others.filter((other) => media !== undefined && other.disk.contentOf(path)?.equals(media) === true);
    if (this.#world.nowMs() - this.#lastDeathMs < ERASING_MS) return;
    if (copies.length === 0) this.#world.violate('A2', `${host} erases ${path}, of which there is no other copy`);
    else if (!copies.some((copy) => copy.disk.isDurable(path) && copy.disk.isDurable(indexFile)))
      this.#world.violate('A2', `${host} erases ${path}, which a power loss takes from ${copies[0]?.name}`);
  }

  /** Packs that were closed before the last scan are known, and may not be lost any more. */
  scan(): void {
    const young = new Set<string>();
    for (const { disk } of this.#world.hosts()) {
      for (const found of packsOn(disk)) {
        const { path } = found;
        if (this.#closed.has(path)) continue;
        const media = this.#young.has(path) ? disk.contentOf(path) : undefined;
        if (media === undefined) young.add(path);
        else this.#closed.set(path, { path, found, media: Buffer.from(media), isExcused: false });
      }
    }
    this.#young = young;
  }

  /** The disk of the host is gone, with what only it had. */
  died(host: string): void {
    this.#lastDeathMs = this.#world.nowMs();
    const others = this.#world.hosts().filter(({ name }) => name !== host);
    for (const [path, pack] of this.#closed) {
      if (!others.some(({ disk }) => disk.contentOf(path)?.equals(pack.media) === true)) pack.isExcused = true;
    }
  }

  /** What is not where it belongs, on hosts that live. While another server has its stream, a home waits. */
  owed(): readonly string[] {
    const { captureAtOf, ownerOf } = this.#world;
    return this.#alive().flatMap(({ name, disk }) =>
      packsOn(disk).flatMap(({ path, home, stream }) => {
        const destination = destinationOf(name, home, captureAtOf(stream));
        const isDue = destination !== name && ownerOf(stream) === destination;
        return isDue ? [`${path} on ${name} for ${destination}`] : [];
      }),
    );
  }

  /** At the end: each pack is on a disk. Where a home was away for so long that its holder adopted a pack, both may have it. */
  judge(): void {
    const hosts = this.#world.hosts();
    for (const [path, { media, isExcused }] of this.#closed) {
      const isThere = hosts.some(({ disk }) => disk.contentOf(path)?.equals(media) === true);
      if (isThere || isExcused) continue;
      const others = hosts.flatMap(({ name, disk }) => {
        const bytes = disk.contentOf(path)?.length;
        return bytes === undefined ? [] : [`${name} has ${bytes} bytes`];
      });
      this.#world.violate('A1', `${path} of ${media.length} bytes is on no disk any more: ${others.join(', ')}`);
    }
  }

  get closed(): readonly ClosedPack[] {
    return [...this.#closed.values()];
  }

  #alive(): readonly RecordingHost[] {
    return this.#world.hosts().filter(({ isGone }) => !isGone);
  }
}

function packsOn(disk: MemoryDisk): readonly FoundPack[] {
  return disk
    .pathsBelow(ROOT)
    .filter((path) => INDEX.test(path))
    .flatMap((indexFile) => packOf(disk, indexFile) ?? []);
}

/** A pack that is closed and whole; parsing is remembered, since a closed index seldom changes. */
function packOf(disk: MemoryDisk, indexFile: string): FoundPack | undefined {
  const path = indexFile.replace(INDEX, '.ts');
  const text = disk.contentOf(indexFile);
  if (text === undefined || disk.contentOf(path) === undefined) return undefined;
  const known = parsed.get(text);
  if (known !== undefined) return known === 'open' ? undefined : known;
  const { header, closing, entries } = parseIndex(text.toString('utf8'));
  const numbers = entries.map(({ number }) => number);
  const found =
    header === undefined || closing === undefined
      ? undefined
      : { path, stream: header.stream, home: header.home, epoch: header.epoch, numbers };
  parsed.set(text, found ?? 'open');
  return found;
}

const parsed = new WeakMap<Buffer, FoundPack | 'open'>();
