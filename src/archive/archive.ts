import type { Told } from '../domain/herd-event.ts';
import type { Clock } from '../host/clock.ts';
import { every } from '../host/clock.ts';
import type { ArchiveDesk } from './archive-calls.ts';
import { archiveDesk } from './archive-desk.ts';
import { ArchiveEvents } from './archive-events.ts';
import { type ArchiveFigures, streamFigures } from './archive-figures.ts';
import type {
  ArchiveSettings,
  LiveFolderState,
  RecordingRule,
  ToArchiveThread,
  ToArchiveWorker,
} from './archive-messages.ts';
import { Catalogue } from './catalogue/catalogue.ts';
import { ListedSegments } from './catalogue/listed-segments.ts';
import type { ReturnPeers } from './debts/return-peers.ts';
import type { ArchiveDisk } from './disk/archive-disk.ts';
import { ArchiveRoots, type ArchiveRootsOptions } from './disk/archive-roots.ts';
import { KnownRoots } from './disk/known-roots.ts';
import { PromptDisk } from './disk/prompt-disk.ts';
import { diskReason } from './disk/stall.ts';
import { StorageProblem } from './disk/storage-problem.ts';
import { HandingOn } from './handing-on/handing-on.ts';
import type { RunPackCommand } from './handing-on/pack-command.ts';
import { HerdHomes } from './herd-homes.ts';
import { OperatorDesk } from './operating/operator-desk.ts';
import { ReturnsDesk } from './operating/returns-desk.ts';
import { Recorder } from './recording/recorder.ts';
import type { RecorderEvent } from './recording/recorder-event.ts';
import { RecordingCounts } from './recording/recording-counts.ts';
import { Holder } from './releasing/holder.ts';
import { HomeSide } from './returning/home-side.ts';
import { LeftRecordings } from './unfinished/left-recordings.ts';
import { RootStates } from './unfinished/root-states.ts';
import { Upkeep } from './upkeep.ts';
import { Verification } from './verification/verification.ts';
import { wholeAnswers } from './verification/whole-answers.ts';

export interface ArchiveWorld extends Pick<ArchiveRootsOptions, 'newId'> {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  post(message: ToArchiveThread): void;
  /** Runs the command of `on_pack`. Never rejects. */
  readonly runCommand: RunPackCommand;
  /** The other servers, of which the herd is told. */
  peersOf(herd: HerdHomes): ReturnPeers;
  /** Told when it has changed. */
  showLiveFolder(state: LiveFolderState): void;
}

/** What the archive is told of captures and of the herd, in order. */
export type ArchiveInput = Exclude<ToArchiveWorker, { type: 'command-ended' | 'connect' | 'close' }>;

const NOT_ASKED_FOR = 'its definition asks for no recording any more';
const TICK_MS = 1000;
/** A segment is recorded milliseconds after it was closed, and its file lives for many seconds: only files of late ones are held. */
const HELD_AFTER_MS = 2000;

/** The archive of one server, put together on a given disk and clock. It decides nothing about captures, and none waits for it. */
export class Archive {
  readonly desk: ArchiveDesk;
  readonly herd: HerdHomes;
  readonly #world: ArchiveWorld;
  readonly #events: ArchiveEvents;
  readonly #roots: ArchiveRoots;
  readonly #catalogue: Catalogue;
  readonly #recorder: Recorder;
  readonly #counts: RecordingCounts;
  readonly #upkeep: Upkeep;
  readonly #left: LeftRecordings;
  readonly #verification: Verification;
  readonly #handingOn: HandingOn | undefined;
  readonly #holder: Holder;
  readonly #home: HomeSide;
  readonly #returns: ReturnsDesk;
  readonly #rules = new Map<string, RecordingRule>();
  /** Resolves when all roots have been looked at for the first time. */
  #looked: Promise<void> = Promise.resolve();
  readonly #stopTicking: () => void;
  readonly #storage: StorageProblem;
  #liveFolder: LiveFolderState = { type: 'live-folder', held: [], isSwept: false };

  private constructor(settings: ArchiveSettings, world: ArchiveWorld, known: KnownRoots) {
    this.#world = world;
    const { disk, clock, newId } = world;
    this.herd = new HerdHomes(clock.now);
    const { server, syncMs, onPack, onPackFile } = settings;
    const paths = settings.roots.map(({ path }) => path);
    const promptDisk = new PromptDisk(disk, clock, paths);
    const tellHerd = (told: Told) => world.post({ type: 'told', told });
    this.#events = new ArchiveEvents(tellHerd, clock.now);
    const onProblem = (problem: string) => this.#events.problem(problem);
    const onPart = (path: string, stream: string) => this.#home?.foundPart(path, stream);
    this.#catalogue = new Catalogue({ disk, server, onProblem, onPart });
    const onAppeared = (root: string) => this.#left.rootAppeared(root);
    const rootStates = new RootStates({ events: this.#events, catalogue: this.#catalogue, onAppeared });
    this.#roots = new ArchiveRoots({
      ...{ disk, clock, newId, server, paths, knownIds: known.ids },
      onIdentity: (path, id) => known.remember(path, id),
      onChange: (change) => rootStates.changed(change),
    });
    const tell = (event: RecorderEvent) => this.#recorded(event);
    this.#recorder = new Recorder({ disk, clock, roots: this.#roots, server, tell, syncMs });
    this.#counts = new RecordingCounts(clock);
    const parts = { disk, clock, catalogue: this.#catalogue, roots: this.#roots, recorder: this.#recorder };
    const shared = { ...parts, ruleOf: (stream: string) => this.#rules.get(stream), onProblem };
    this.#holder = new Holder({
      ...{ ...shared, promptDisk, newId, server, returning: settings.returning, herd: this.herd },
      isClockInDoubt: () => this.#upkeep.isClockInDoubt,
    });
    const { releasing, owing } = this.#holder;
    this.#left = new LeftRecordings({ ...shared, settings, tell, returned: releasing });
    this.#upkeep = new Upkeep({
      ...{ ...shared, settings, events: this.#events },
      isDebt: (stream, pack) => releasing.destinationOf(stream, pack) !== server,
      onRemoved: (stream, pack) => releasing.removed(stream, pack),
      hasRead: (root) => this.#left.hasRead(root),
    });
    this.#verification = new Verification({
      ...{ disk, clock, catalogue: this.#catalogue, verifyMs: settings.verifyMs, onProblem },
      recorderDelayMs: () => this.#counts.delayMs,
      tell: tellHerd,
    });
    this.#handingOn =
      onPack &&
      new HandingOn({
        ...{ disk, promptDisk, clock, catalogue: this.#catalogue, file: onPackFile, words: onPack },
        ...{ run: world.runCommand, tell: tellHerd, onProblem },
      });
    this.#home = new HomeSide({
      ...{ ...shared, settings, herd: this.herd, peers: world.peersOf(this.herd), tell: tellHerd },
      ...{ upkeep: this.#upkeep, verification: this.#verification, kept: () => this.desk, owe: this.#holder.owe },
      recorderDelayMs: () => this.#counts.delayMs,
    });
    this.#returns = new ReturnsDesk({ clock, owing, pulling: this.#home, tell: tellHerd });
    this.desk = this.#desk(promptDisk);
    this.#storage = new StorageProblem(clock, (problem) => world.post({ type: 'storage', problem }));
    this.#stopTicking = every(clock, TICK_MS, () => this.#tick());
  }

  /** Looks at the roots and begins to read what they have. Segments may be told from now on. */
  static async open(settings: ArchiveSettings, world: ArchiveWorld): Promise<Archive> {
    const known = new KnownRoots(world.disk, settings.identitiesFile);
    const problem = await known.read().catch((error: unknown) => `${settings.identitiesFile}: ${diskReason(error)}`);
    const archive = new Archive(settings, world, known);
    if (problem !== undefined) archive.#events.problem(problem);
    await Promise.all([archive.#left.look(), archive.#home.readNotes()]);
    // Not awaited: a root that hangs holds up no other.
    archive.#looked = archive.#roots.look();
    return archive;
  }

  get liveFolder(): LiveFolderState {
    return this.#liveFolder;
  }

  receive(message: ArchiveInput): void {
    if (message.type === 'rule') this.#setRule(message.stream, message.rule);
    else if (message.type === 'segment') {
      const rule = this.#rules.get(message.segment.stream);
      if (rule !== undefined) this.#left.offer(message.segment, rule);
    } else if (message.type === 'ended') this.#left.end(message.stream, message.why);
    else if (message.type === 'homes') this.herd.homesTold(message.homes);
    else if (message.type === 'servers') this.herd.serversTold(message.servers);
    else {
      message satisfies { readonly type: 'rules-told' };
      this.#upkeep.begin();
      void this.#left.finish(this.#looked).then(() => {
        this.#showLiveFolder();
        void this.#handingOn?.begin();
        this.#home.begin();
      });
    }
  }

  /** Closes all packs. What a disk does not take is finished at the next start. */
  async close(why: string): Promise<void> {
    this.#stopTicking();
    this.#upkeep.end();
    this.#handingOn?.end();
    this.#returns.end();
    this.#holder.releasing.end();
    this.#home.end();
    await Promise.all([this.#recorder.close(why), this.#verification.close()]);
  }

  #desk(disk: PromptDisk): ArchiveDesk {
    const returns = this.#returns;
    const { clock } = this.#world;
    const catalogue = this.#catalogue;
    const listed = new ListedSegments({ disk, catalogue, onProblem: (problem) => this.#events.problem(problem) });
    const playback = archiveDesk({ catalogue, listed, isSilent: disk.isSilent, returns: this.#holder.releasing });
    const operators = new OperatorDesk({
      ...{ disk, clock, catalogue, verification: this.#verification, returns, figures: () => this.#figures() },
      confirmClock: () => this.#upkeep.confirmClock(),
    });
    return {
      ...{ ...playback, ...wholeAnswers(playback, this.#verification.rotten), ...operators, ...returns },
      ...this.#holder.desk,
      figures: () => this.#figures(),
    };
  }

  #setRule(stream: string, rule: RecordingRule | null): void {
    if (rule !== null) {
      this.#rules.set(stream, rule);
      return;
    }
    if (!this.#rules.delete(stream)) return;
    this.#events.forget(stream);
    void this.#recorder.forget(stream, NOT_ASKED_FOR);
  }

  #recorded(event: RecorderEvent): void {
    this.#catalogue.apply(event);
    this.#counts.apply(event);
    if (event.type === 'segment.stored') this.#upkeep.recorded(event.root, event.entry.bytes);
    this.#events.recorder(event);
    if (event.type === 'pack.closed') this.#handingOn?.closed(event.stream, event.root, event.facts);
  }

  #tick(): void {
    this.#showLiveFolder();
    this.#storage.is(this.#rules.size > 0 ? this.#roots.problem : undefined);
    this.#returns.tick();
    this.#left.tick();
    const roots = this.#roots.online.filter((root) => this.#left.hasRead(root));
    this.#verification.setRoots(roots);
    this.#holder.releasing.setRoots(roots);
  }

  #figures(): ArchiveFigures {
    const streams = streamFigures(this.#catalogue, this.#counts);
    return {
      ...{ streams, roots: this.#upkeep.roots(), delayMs: this.#counts.delayMs },
      ...{ waitingSegments: this.#liveFolder.held.length, clockDoubt: this.#upkeep.clockDoubt },
      returns: this.#returns.returns(),
    };
  }

  #showLiveFolder(): void {
    const held = [...this.#recorder.waitingFiles(HELD_AFTER_MS), ...this.#left.waitingFiles];
    const { isSwept } = this.#left;
    const before = this.#liveFolder;
    if (held.length === 0 && before.held.length === 0 && isSwept === before.isSwept) return;
    this.#liveFolder = { type: 'live-folder', held, isSwept };
    this.#world.showLiveFolder(this.#liveFolder);
  }
}
