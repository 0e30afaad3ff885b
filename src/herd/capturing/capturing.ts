import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { HerdEventKind, Told } from '../../domain/herd-event.ts';
import type { Clock } from '../../host/clock.ts';
import type { OwnerView, StreamEmission } from '../../machines/stream-contract.ts';
import type { Followers } from '../followers.ts';
import type { HerdParts } from '../herd-parts.ts';
import type { OwnStanding } from '../joining/own-standing.ts';
import { type DefinitionChange, type Definitions, toldOf } from '../view/definitions.ts';
import type { NotUnderstood } from '../view/not-understood.ts';
import type { Places } from '../view/places.ts';
import type { Servers } from '../view/servers.ts';
import { CaptureReports } from './capture-reports.ts';
import { OwnCaptures } from './own-captures.ts';
import { SourceSounds } from './source-sounds.ts';
import { StreamRegistry } from './stream-registry.ts';
import { ToldArchive } from './told-archive.ts';

/** Events of captures, as the herd is told. */
export type CapturingEvent =
  /** The stream's definition has changed, or is gone. */
  | { readonly type: 'stream.defined'; readonly name: StreamName }
  /** The stream is not defined any more. Told once more when its actor has ended. */
  | { readonly type: 'stream.gone'; readonly name: StreamName }
  /** Another stream is live anywhere in the herd, or one less. */
  | { readonly type: 'light.changed' };

/** Events that say why a run of ffmpeg has ended, better than the end of its capture would. */
const ENDS_OF_RUNS: ReadonlySet<HerdEventKind> = new Set([
  'stream-source-error',
  'stream-stalled',
  'stream-handed-back',
  'stream-stopped',
]);

interface Deps {
  readonly parts: HerdParts & { readonly clock: Clock };
  readonly definitions: Definitions;
  readonly standing: OwnStanding;
  readonly followers: Followers;
  readonly places: Places;
  readonly notUnderstood: NotUnderstood;
  ownerView(name: StreamName): OwnerView;
  readonly servers: Servers;
  /** See `homeOf`. */
  home(name: StreamName): string | undefined;
  /** The server whose capture the stream's record names. */
  owner(name: StreamName): string | undefined;
  /** Every server sees each change, and one of them tells it. */
  tellsForAll(): boolean;
  tell(told: Told): void;
  onEvent(event: CapturingEvent): void;
}

/** The actors of all streams on this server, what they do, and what the servers tell each other about it. */
export class Capturing implements Disposable {
  readonly reports: CaptureReports;
  readonly captures: OwnCaptures;
  readonly registry: StreamRegistry;
  readonly #deps: Deps;
  readonly #sounds = new SourceSounds();
  readonly #toldArchive: ToldArchive;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { parts, standing, followers } = deps;
    this.reports = this.#newReports();
    const { definitions, servers, home, owner } = deps;
    this.#toldArchive = new ToldArchive({ ...parts, definitions, servers, home, owner });
    const onRest = (name: StreamName) => {
      parts.archive?.captureEnded(name, `its capture on ${parts.server} has ended`);
      this.#letGoIfGone(name);
    };
    this.captures = new OwnCaptures(this.reports, parts, onRest, followers);
    this.registry = new StreamRegistry({
      ...parts,
      highestNumber: (name) => this.captures.highestNumber(name),
      soundOf: (name, url) => this.#sounds.of(name, url),
      pushesOf: (name) => definitions.get(name)?.definition?.push ?? [],
      discontinuities: (name) => this.captures.discontinuities(name),
      rosterRevision: () => standing.rosterRevision,
      onEmission: (name, emission) => this.#emitted(name, emission),
      onSnapshot: (name, snapshot) => this.captures.note(name, snapshot),
    });
  }

  /** The view shows the change already. Every defined stream has an actor, which hears what its definition says. */
  definitionChanged(change: DefinitionChange): void {
    const { parts, tell, tellsForAll, onEvent } = this.#deps;
    const { type, name } = change;
    if (type === 'refused') parts.log.warn(`the new definition of ${name} is refused: ${change.why}`);
    if (tellsForAll()) tell(toldOf(change));
    if (type === 'changed') this.#ensureActor(name);
    if (type !== 'refused') {
      const definition = type === 'changed' ? change.definition : null;
      this.#toldArchive.streamChanged(name);
      this.registry.send(name, { type: 'definition.changed', definition });
    }
    this.#letGoIfGone(name);
    onEvent({ type: 'stream.defined', name });
  }

  ownerChanged(name: StreamName): void {
    // Before a capture begins: what it records belongs to the home that the record says.
    this.#toldArchive.streamChanged(name);
    this.registry.send(name, { type: 'owner.changed', owner: this.#deps.ownerView(name) });
  }

  serversChanged(): void {
    this.#toldArchive.serversChanged();
  }

  standingGained(session: string): void {
    this.registry.standingGained(session);
    this.reports.sendAll();
  }

  [Symbol.dispose](): void {
    this.reports[Symbol.dispose]();
    this.registry.stop();
  }

  #newReports(): CaptureReports {
    const { parts, definitions, standing, places, notUnderstood, onEvent } = this.#deps;
    return new CaptureReports({
      server: parts.server,
      session: () => standing.session,
      send: (text) => parts.sendReports(text),
      // Names are those of reports, which are checked where they come in.
      onSound: (name, input, codec) => this.#noteSound(name as StreamName, input, codec),
      isDefined: (name) => definitions.get(name as StreamName) !== undefined,
      shown: places,
      onLight: () => onEvent({ type: 'light.changed' }),
      notUnderstood,
      clock: parts.clock,
    });
  }

  #noteSound(name: StreamName, input: number, codec: string): void {
    const url = this.#deps.definitions.get(name)?.definition?.inputs[input];
    if (url !== undefined) this.#sounds.note(name, url, codec);
  }

  /** Tells a new actor what the other actors know already. */
  #ensureActor(name: StreamName): void {
    if (this.registry.has(name)) return;
    const { session, holds } = this.#deps.standing;
    this.registry.ensure(name);
    if (holds) this.registry.send(name, { type: 'standing.gained', session });
    this.ownerChanged(name);
  }

  #letGoIfGone(name: StreamName): void {
    const { definitions, onEvent } = this.#deps;
    if (definitions.get(name) !== undefined) return;
    this.registry.dropIfStopped(name);
    if (!this.registry.has(name)) {
      this.captures.forget(name);
      this.#sounds.forget(name);
    }
    onEvent({ type: 'stream.gone', name });
  }

  #emitted(name: StreamName, emission: StreamEmission): void {
    const { parts, definitions, tell } = this.#deps;
    if (emission.type === 'fact') {
      const { type: _, ...told } = emission;
      if (told.kind === 'stream-source-error') this.captures.noteFailure(name);
      if (ENDS_OF_RUNS.has(told.kind)) parts.archive?.captureEnded(name, told.why);
      tell(told);
    } else if (emission.type === 'segment') {
      this.captures.noteSegment(emission.segment);
      parts.tally.segmentClosed(emission.segment.bytes);
      parts.archive?.segmentClosed(emission.segment);
      // The last segment of a stream that was removed meanwhile would make the media worker remember the stream for ever.
      if (definitions.get(name) !== undefined) parts.media.addSegment(emission.segment);
    } else {
      parts.onBroken(`${name}: ${emission.why}`);
    }
  }
}
