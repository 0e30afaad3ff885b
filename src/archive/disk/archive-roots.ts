import { randomUUID } from 'node:crypto';
import type { Clock } from '../../host/clock.ts';
import { leastFreeBytes, mebibytes } from '../../host/disk/disk-watch.ts';
import type { ArchiveDisk, DiskSpace } from './archive-disk.ts';
import { lookAtRoot } from './root-identity.ts';
import { diskReason, within } from './stall.ts';

/** A disk that has failed is not tried with each segment. */
export const FAILED_FOR_MS = 30_000;
const ANSWER_WITHIN_MS = 5000;
/**
 * The archive stops before the live folder counts as full, which may be on the same disk: then the captures would leave this server.
 * Retention keeps a larger reserve, so it does not come to this.
 */
const LEAST_FREE_FACTOR = 2;
const TRIAL_FILE = '.write-trial';
const TRIAL_TEXT = 'streamherd looks whether this disk takes writes\n';

export interface ArchiveRootsOptions {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly server: string;
  /** Makes the identity of a new root; absent: a random one. */
  readonly newId?: (() => string) | undefined;
  /** Absolute. */
  readonly paths: readonly string[];
  /** The roots that earlier runs have seen, by path. */
  readonly knownIds: ReadonlyMap<string, string>;
  /** To be remembered, before anything is written there. */
  readonly onIdentity: (path: string, id: string) => Promise<void>;
  readonly onChange: (change: RootChange) => void;
}

/** Offline: it cannot be read either. Failed: it did not take what was to be written, and is tried again after a while. */
export type RootState = 'well' | 'full' | 'failed' | 'offline';

export interface RootChange {
  readonly path: string;
  readonly state: RootState;
  /** Why it cannot be written, one sentence without a subject; empty: it can. */
  readonly problem: string;
}

interface Found {
  readonly state: RootState;
  readonly problem?: string;
}

interface Root {
  readonly path: string;
  id: string | undefined;
  /** `undefined`: it has not been looked at yet. */
  state: RootState | undefined;
  /** Why it cannot be used; `undefined`: it can. */
  problem: string | undefined;
  /** On the monotonic clock: until then it is not tried again. */
  failedUntilMs: number;
  space: DiskSpace | undefined;
  openPacks: number;
  /** A look without an answer yet: another one would only wait behind it. */
  isAsked: boolean;
}

/** The folders, mostly a disk each, that recordings are kept in. */
export class ArchiveRoots {
  readonly #options: ArchiveRootsOptions;
  readonly #roots: readonly Root[];
  readonly #knownIds: Map<string, string>;

  constructor(options: ArchiveRootsOptions) {
    this.#options = options;
    this.#knownIds = new Map(options.knownIds);
    this.#roots = options.paths.map((path) => ({
      path,
      id: undefined,
      state: undefined,
      problem: 'it has not been looked at yet',
      failedUntilMs: Number.NEGATIVE_INFINITY,
      space: undefined,
      openPacks: 0,
      isAsked: false,
    }));
  }

  /** Those that can be read. */
  get online(): readonly string[] {
    return this.#roots.filter(({ id }) => id !== undefined).map(({ path }) => path);
  }

  /** Why no root can be written, with the reason of each; `undefined`: one can be written. */
  get problem(): string | undefined {
    return this.#roots.some((root) => root.problem === undefined)
      ? undefined
      : `no root of the archive can be written: ${this.#roots.map(({ path, problem }) => `${path}: ${problem}`).join('; ')}`;
  }

  problemOf(path: string): string | undefined {
    return this.#named(path)?.problem;
  }

  spaceOf(path: string): DiskSpace | undefined {
    return this.#named(path)?.space;
  }

  /** Looks at all roots: which server's they are, and how much room they have. A root that hangs does not delay the others. */
  async look(): Promise<void> {
    await Promise.all(this.#roots.map((root) => this.#look(root)));
  }

  /** The root for a stream: the one where it is already recorded, if that is possible, else the root with the most room for each pack. */
  choose(before?: string, isAvoided: (path: string) => boolean = () => false): string | undefined {
    const usable = this.#roots.filter(({ problem, path }) => problem === undefined && !isAvoided(path));
    if (usable.some(({ path }) => path === before)) return before;
    const room = ({ space, openPacks }: Root) => (space?.freeBytes ?? 0) / (openPacks + 1);
    return usable.toSorted((one, other) => room(other) - room(one))[0]?.path;
  }

  /** A pack has been begun there, or is no longer written. */
  count(path: string, packs: 1 | -1): void {
    const root = this.#named(path);
    if (root !== undefined) root.openPacks += packs;
  }

  /** The root does not take writes. It is looked at again after a while. */
  failed(path: string, why: string): void {
    const root = this.#named(path);
    if (root === undefined) return;
    root.failedUntilMs = this.#options.clock.now() + FAILED_FOR_MS;
    this.#found(root, 'failed', why);
  }

  async #look(root: Root): Promise<void> {
    const { clock } = this.#options;
    if (root.isAsked || clock.now() < root.failedUntilMs) return;
    root.isAsked = true;
    const asked = this.#ask(root).finally(() => {
      root.isAsked = false;
    });
    try {
      const found = await within(clock, ANSWER_WITHIN_MS, asked);
      this.#found(root, found.state, found.problem);
    } catch (error) {
      root.id = undefined;
      this.#found(root, 'offline', diskReason(error));
    }
  }

  async #ask(root: Root): Promise<Found> {
    const { disk, server, newId = randomUUID, onIdentity } = this.#options;
    const { path } = root;
    const question = { path, server, knownId: this.#knownIds.get(path), newId };
    const look = await lookAtRoot(disk, question);
    root.id = look.is === 'ours' ? look.id : undefined;
    if (look.is === 'offline') return { state: 'offline', problem: look.why };
    if (this.#knownIds.get(path) !== look.id) await onIdentity(path, look.id);
    this.#knownIds.set(path, look.id);
    root.space = await disk.space(path);
    const { freeBytes, totalBytes } = root.space;
    const isFull = freeBytes < LEAST_FREE_FACTOR * leastFreeBytes(totalBytes);
    if (isFull) return { state: 'full', problem: `it is full: ${mebibytes(freeBytes)} left` };
    return root.state === 'failed' ? this.#tried(root) : { state: 'well' };
  }

  /** A root that did not take a segment does not count as good only because it can be read. */
  async #tried(root: Root): Promise<Found> {
    const { disk, clock } = this.#options;
    const file = `${root.path}/${TRIAL_FILE}`;
    try {
      await disk.replace(file, TRIAL_TEXT);
      await disk.remove(file);
      return { state: 'well' };
    } catch (error) {
      root.failedUntilMs = clock.now() + FAILED_FOR_MS;
      return { state: 'failed', problem: diskReason(error) };
    }
  }

  #found(root: Root, state: RootState, problem?: string): void {
    // The room changes all the time: the first reason is kept until the root is good again.
    const hasChanged = root.state !== state;
    root.state = state;
    root.problem = problem;
    if (hasChanged) this.#options.onChange({ path: root.path, state, problem: problem ?? '' });
  }

  #named(path: string): Root | undefined {
    return this.#roots.find((root) => root.path === path);
  }
}
