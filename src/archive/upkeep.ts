import { type Clock, every, pause } from '../host/clock.ts';
import type { ArchiveEvents } from './archive-events.ts';
import type { RootFigures } from './archive-figures.ts';
import type { ArchiveSettings, RecordingRule } from './archive-messages.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { HeldPack } from './catalogue/stream-packs.ts';
import type { ArchiveDisk } from './disk/archive-disk.ts';
import type { ArchiveRoots } from './disk/archive-roots.ts';
import { diskReason } from './disk/stall.ts';
import { ClockRule, jumpSince } from './retention/clock-rule.ts';
import { daysUntilFull } from './retention/forecast.ts';
import type { HeldRecording } from './retention/held-recording.ts';
import type { WantedRoom } from './retention/retention-plan.ts';
import { Retention } from './retention/retention-round.ts';

const ROUND_MS = 60_000;
const FORECAST_EVERY_ROUNDS = 10;
const DAY_MS = 86_400_000;
/** Between two days of a stream that are compared with their folders. */
const CORRECTION_PAUSE_MS = 200;

export interface UpkeepOptions {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly roots: ArchiveRoots;
  readonly settings: Pick<ArchiveSettings, 'roots'>;
  readonly events: ArchiveEvents;
  /** Whether all that the root has is known: of one that is still read the newest is known first, and would be taken for the oldest. */
  readonly hasRead: (root: string) => boolean;
  readonly ruleOf: (stream: string) => RecordingRule | undefined;
  /** It belongs to another server. */
  readonly isDebt: (stream: string, pack: HeldPack) => boolean;
  readonly onRemoved: (stream: string, pack: HeldRecording) => void;
  readonly onProblem: (problem: string) => void;
}

/** The upkeep of recordings: once a minute those that need not be kept are removed, once a day all are compared with the disks. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  /** There when what a root has is known: the recordings tell whether the clock may be wrong. */
  #clockRule: ClockRule | undefined;
  #retention: Retention | undefined;
  readonly #forecasts = new Map<string, number>();
  readonly #stopping = new AbortController();
  #stopTicking: () => void = () => {};
  #isRunning = false;
  #rounds = 0;
  #doubt: string | undefined;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Definitions are known: from now on recordings may be removed. */
  begin(): void {
    this.#stopTicking = every(this.#options.clock, ROUND_MS, () => void this.#round());
    void this.#correct();
  }

  end(): void {
    this.#stopTicking();
    this.#stopping.abort();
  }

  /** The recorder has used some room. */
  recorded(root: string, bytes: number): void {
    this.#retention?.recorded(root, bytes);
  }

  /**
   * Makes room for a recording that is to be put on the root, by removing older ones where that is enough.
   *
   * @returns why there is none, a clause; `undefined`: there is.
   */
  async makeRoom(wanted: WantedRoom & { readonly root: string }): Promise<string | undefined> {
    const { root, bytes } = wanted;
    this.#retention ??= this.#newRetention();
    const retention = this.#retention;
    const hasRoom = async () => (await retention.roomBytes(root)) >= bytes;
    if (await hasRoom()) return undefined;
    if (this.#isRunning) return `${root} is being tidied up`;
    await this.#round(wanted);
    return (await hasRoom()) ? undefined : `there is no room on ${root} beyond its reserve`;
  }

  /** An operator says that the time is right. @returns why it was in doubt; `undefined`: it was not. */
  confirmClock(): string | undefined {
    const doubt = this.#doubt;
    this.#clockRule?.confirm();
    this.#doubt = undefined;
    return doubt;
  }

  get clockDoubt(): string | undefined {
    return this.#doubt;
  }

  /** Also until it was compared with the recordings for the first time. */
  get isClockInDoubt(): boolean {
    return this.#rounds === 0 || this.#doubt !== undefined;
  }

  roots(): readonly RootFigures[] {
    const { roots, settings, catalogue } = this.#options;
    const held = heldByRoot(catalogue);
    return settings.roots.map(({ path }) => {
      const { totalBytes, freeBytes } = roots.spaceOf(path) ?? {};
      const { packs = 0, bytes = 0 } = held.get(path) ?? {};
      const days = this.#forecasts.get(path);
      return { root: path, problem: roots.problemOf(path), packs, bytes, freeBytes, totalBytes, daysUntilFull: days };
    });
  }

  async #round(wanted?: WantedRoom & { readonly root: string }): Promise<void> {
    const { roots, hasRead, ruleOf, isDebt, events, onProblem } = this.#options;
    const usable = roots.online.filter(hasRead);
    if (this.#isRunning || usable.length === 0) return;
    this.#isRunning = true;
    this.#retention ??= this.#newRetention();
    try {
      const { clockDoubt } = await this.#retention.round({ roots: usable, ruleOf, isDebt, wanted });
      if (clockDoubt !== undefined && this.#doubt === undefined) events.clockDoubted(clockDoubt);
      this.#doubt = clockDoubt;
      if (this.#rounds % FORECAST_EVERY_ROUNDS === 0) this.#forecast();
      this.#rounds += 1;
    } catch (error) {
      onProblem(`old recordings could not be removed: ${diskReason(error)}`);
    } finally {
      this.#isRunning = false;
    }
  }

  #newRetention(): Retention {
    const { disk, clock, catalogue, settings, events, onRemoved, onProblem } = this.#options;
    const now = { monotonicMs: clock.now(), unixMs: clock.unixMs() };
    const packs = catalogue.streams.map((stream) => catalogue.packs(stream));
    this.#clockRule = new ClockRule(now, jumpSince(packs, now.unixMs));
    return new Retention({
      ...{ disk, clock, catalogue, onProblem },
      clockRule: this.#clockRule,
      reserveOf: (root) => settings.roots.find(({ path }) => path === root)?.reserve ?? 0,
      onRemoved: (removal) => {
        events.removed(removal);
        onRemoved(removal.pack.stream, removal.pack);
      },
    });
  }

  #forecast(): void {
    const { catalogue, roots, settings, clock, ruleOf } = this.#options;
    this.#forecasts.clear();
    for (const { path, reserve } of settings.roots) {
      const space = roots.spaceOf(path);
      if (space === undefined) continue;
      const packs = catalogue.streams.flatMap((stream) =>
        catalogue
          .packs(stream)
          .filter(({ root }) => root === path)
          .map((pack) => ({ ...pack, stream, isProtected: false, isDebt: false })),
      );
      const roomBytes = space.freeBytes - space.totalBytes * reserve;
      const days = daysUntilFull({ packs, ruleOf, roomBytes, nowMs: clock.unixMs() });
      if (days !== undefined) this.#forecasts.set(path, days);
    }
  }

  /** The content of the disks may differ from what is known: a user or program has removed files, or put some there. */
  async #correct(): Promise<void> {
    const { clock, catalogue, roots, onProblem } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      await pause(clock, DAY_MS, signal);
      if (signal.aborted) return;
      try {
        for await (const _day of catalogue.corrections(roots.online)) {
          await pause(clock, CORRECTION_PAUSE_MS, signal);
          if (signal.aborted) return;
        }
      } catch (error) {
        onProblem(`the recordings could not be compared with the disks: ${diskReason(error)}`);
      }
    }
  }
}

function heldByRoot(catalogue: Catalogue): ReadonlyMap<string, { readonly packs: number; readonly bytes: number }> {
  const held = new Map<string, { packs: number; bytes: number }>();
  for (const stream of catalogue.streams) {
    for (const { root, bytes } of catalogue.packs(stream)) {
      const sum = held.get(root) ?? { packs: 0, bytes: 0 };
      sum.packs += 1;
      sum.bytes += bytes;
      held.set(root, sum);
    }
  }
  return held;
}
