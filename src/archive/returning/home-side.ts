import type { Told } from '../../domain/herd-event.ts';
import { isWithinHours } from '../../domain/text/day-hours.ts';
import type { Clock } from '../../host/clock.ts';
import type { ArchiveDesk } from '../archive-calls.ts';
import type { ArchiveSettings, RecordingRule } from '../archive-messages.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { ReturnPeers } from '../debts/return-peers.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import type { ArchiveRoots } from '../disk/archive-roots.ts';
import { diskReason } from '../disk/stall.ts';
import type { HerdHomes } from '../herd-homes.ts';
import type { PullingDesk } from '../operating/returns-desk.ts';
import type { KeptTime } from '../retention/kept-times.ts';
import type { Upkeep } from '../upkeep.ts';
import { ReadRate } from '../verification/read-rate.ts';
import type { Verification } from '../verification/verification.ts';
import { Mending } from './mending/mending.ts';
import { OldParts } from './old-parts.ts';
import { foundInPlace } from './one-pack/found-in-place.ts';
import { PauseMark } from './pause-mark.ts';
import { whyNotYet } from './pull-rule.ts';
import { Returning } from './returning.ts';
import { RootAbsence } from './root-absence.ts';
import { UnconfirmedCopies, type UnconfirmedParts } from './unconfirmed-copies.ts';

/** What an earlier run has noted. */
type HomeFile = 'returnsPausedFile' | 'returnsUnconfirmedFile';

export interface HomeSideOptions {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly settings: Pick<ArchiveSettings, 'server' | 'roots' | 'returning' | HomeFile>;
  readonly catalogue: Catalogue;
  readonly roots: ArchiveRoots;
  readonly upkeep: Upkeep;
  readonly verification: Verification;
  readonly recorderDelayMs: () => number;
  readonly ruleOf: (stream: string) => RecordingRule | undefined;
  readonly peers: ReturnPeers;
  readonly herd: HerdHomes;
  /** The protected times of a stream, and one more. */
  readonly kept: () => Pick<ArchiveDesk, 'kept' | 'keep'>;
  readonly owe: UnconfirmedParts['owe'];
  readonly tell: (told: Told) => void;
  readonly onProblem: (problem: string) => void;
}

/** The home's side of a return, put together. */
export class HomeSide implements PullingDesk {
  readonly #options: HomeSideOptions;
  readonly #returning: Returning;
  readonly #mending: Mending;
  readonly #oldParts: OldParts;
  readonly #pause: PauseMark;
  readonly #unconfirmed: UnconfirmedCopies;
  readonly #stopping = new AbortController();

  constructor(options: HomeSideOptions) {
    this.#options = options;
    const { disk, clock, settings, catalogue, roots, peers, verification, upkeep, tell, recorderDelayMs } = options;
    const { server, returning } = settings;
    const { herd } = options;
    const { signal } = this.#stopping;
    const fetched = new ReadRate({ clock, recorderDelayMs, signal });
    const read = new ReadRate({ clock, recorderDelayMs, signal });
    const paths = settings.roots.map(({ path }) => path);
    const absence = new RootAbsence(clock, roots, paths);
    const parts = {
      ...{ disk, clock, server, catalogue, roots, peers },
      fetchPace: (ends: AbortSignal) => fetched.pace(() => returning.rateBytes ?? Number.POSITIVE_INFINITY, ends),
      readPace: (ends: AbortSignal) => read.pace(() => Number.POSITIVE_INFINITY, ends),
      makeRoom: upkeep.makeRoom.bind(upkeep),
      whyMaybeAway: () => absence.whyMaybeAway(),
      onStored: (root: string, bytes: number) => upkeep.recorded(root, bytes),
      onPart: (path: string, stream: string) => this.#oldParts.found(path, stream),
      onWhole: (stream: string, pack: HeldPack) => this.#isWhole(stream, pack),
    };
    this.#pause = new PauseMark({ disk, clock, file: settings.returnsPausedFile });
    const otherHomeOf = (stream: string) => this.#otherHomeOf(stream);
    this.#unconfirmed = new UnconfirmedCopies({
      ...{ disk, clock, file: settings.returnsUnconfirmedFile, otherHomeOf, owe: options.owe },
      isInPlace: (copy) => foundInPlace({ disk, catalogue, roots, paths }, copy),
    });
    this.#returning = new Returning({
      ...{ ...parts, pause: this.#pause, ruleOf: options.ruleOf, rateBytes: returning.rateBytes },
      ...{ unconfirmed: this.#unconfirmed, otherHomeOf },
      session: () => herd.sessionOf(server) ?? server,
      whyNotNow: () => this.#whyNotNow(),
      whyNotYet: (stream) => this.#whyNotYet(stream),
      heldOf: (stream) => catalogue.packs(stream),
      protect: (stream, times) => this.#protect(stream, times),
    });
    this.#mending = new Mending({ ...parts, rotten: verification.rotten, tell });
    this.#oldParts = new OldParts(disk, clock, (stream) => otherHomeOf(stream) !== undefined);
  }

  /** What an operator ordered of an earlier run, and what that run has not finished. */
  async readNotes(): Promise<void> {
    const problems = await Promise.all([this.#pause.read(), this.#unconfirmed.read()]);
    for (const problem of problems) if (problem !== undefined) this.#options.onProblem(problem);
  }

  /** What this server has is known. */
  begin(): void {
    if (this.#stopping.signal.aborted) return;
    this.#returning.begin();
    this.#mending.begin();
  }

  end(): void {
    this.#returning.end();
    this.#mending.end();
    this.#oldParts.end();
    this.#stopping.abort('the server ends');
  }

  /** See `CatalogueOptions`. */
  foundPart(path: string, stream: string): void {
    this.#oldParts.found(path, stream);
  }

  readonly pulling: PullingDesk['pulling'] = () => this.#returning.pulling();
  readonly order: PullingDesk['order'] = (order) => this.#returning.order(order);

  #whyNotNow(): 'waiting' | 'outside hours' | undefined {
    const { clock, settings, herd } = this.#options;
    // A server that is drained is about to end, and one that was evicted has to join first.
    if (herd.servers.get(settings.server)?.state !== 'up') return 'waiting';
    const now = new Date(clock.unixMs());
    const minute = now.getHours() * 60 + now.getMinutes();
    return isWithinHours(settings.returning.hours, minute) ? undefined : 'outside hours';
  }

  #whyNotYet(stream: string): string | undefined {
    const { settings, herd } = this.#options;
    const { server, returning } = settings;
    const owner = herd.ownerOf(stream);
    const ownedForMs = owner?.server === server ? owner.forMs : 0;
    const known = { stream, server, owner: owner?.server, home: herd.homeOf(stream) };
    return whyNotYet({ ...known, ownedForMs, returnAfterMs: returning.afterMs });
  }

  #otherHomeOf(stream: string): string | undefined {
    const { settings, herd } = this.#options;
    const captureAt = herd.captureAtOf(stream);
    return captureAt === settings.server ? undefined : captureAt;
  }

  async #isWhole(stream: string, pack: HeldPack): Promise<void> {
    const { catalogue, verification } = this.#options;
    catalogue.put(stream, pack);
    await verification.mended(pack.root, stream, pack);
  }

  /** @returns why not; `undefined`: all of them are. */
  async #protect(stream: string, times: readonly KeptTime[]): Promise<string | undefined> {
    const desk = this.#options.kept();
    try {
      const known = new Set((await desk.kept({ stream })).map(({ id }) => id));
      for (const time of times) {
        if (known.has(time.id)) continue;
        const answer = await desk.keep({ stream, ...time });
        if (answer.is !== 'done') return answer.why;
      }
      return undefined;
    } catch (error) {
      return diskReason(error);
    }
  }
}
