import { join } from 'node:path';
import { type ActorRefFrom, createActor, type SnapshotFrom } from 'xstate';
import type { Ffmpeg } from '../../actors/ffmpeg/ffmpeg.ts';
import { claimActor, releaseActor } from '../../actors/ownership.ts';
import { formsOf, type StreamName } from '../../domain/definition/stream-name.ts';
import type { Tally } from '../../domain/tally.ts';
import type { Times } from '../../domain/times.ts';
import { type Clock, PROCESS_CLOCK } from '../../host/clock.ts';
import { ShortTurns } from '../../host/short-turns.ts';
import { captureMachine } from '../../machines/capture.ts';
import { streamMachine } from '../../machines/stream.ts';
import type { StreamEmission, StreamEvent } from '../../machines/stream-contract.ts';
import type { Store } from '../../nats/buckets/store.ts';
import { CaptureHalt } from './capture-halt.ts';

type StreamActor = ActorRefFrom<typeof streamMachine>;
export type StreamSnapshot = SnapshotFrom<typeof streamMachine>;

interface Deps {
  readonly server: string;
  readonly owners: Store;
  readonly tally: Tally;
  readonly ffmpeg: Ffmpeg;
  /** In it each stream has a folder of its own for its segments. */
  readonly liveFolder: string;
  readonly segmentMs: number;
  readonly times: Times;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
  readonly machine?: typeof streamMachine | undefined;
  /** Highest media sequence number of the stream that is known here, from any owner. */
  highestNumber(stream: StreamName): number | undefined;
  /** See `CaptureWorld`. */
  soundOf(stream: StreamName, url: string): string | undefined;
  /** See `CaptureWorld`. */
  pushesOf(stream: StreamName): readonly string[];
  /** See `StreamWorld`. */
  discontinuities(stream: StreamName): number | undefined;
  rosterRevision(): number;
  onEmission(stream: StreamName, emission: StreamEmission): void;
  onSnapshot(stream: StreamName, snapshot: StreamSnapshot): void;
}

/** One actor for each stream that has a definition, or whose key this session still holds. */
export class StreamRegistry {
  readonly #deps: Deps;
  readonly #actors = new Map<StreamName, StreamActor>();
  readonly #machine;
  readonly #turns: ShortTurns;
  readonly #halt: CaptureHalt;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#turns = new ShortTurns(deps.clock ?? PROCESS_CLOCK);
    this.#halt = new CaptureHalt(this.#turns);
    this.#machine = (deps.machine ?? streamMachine).provide({
      actors: {
        claim: claimActor(deps.owners, deps.tally, () => !this.#halt.holds),
        release: releaseActor(deps.owners),
        capture: captureMachine.provide({ actors: { ffmpeg: this.#halt.over(deps.ffmpeg) } }),
      },
    });
  }

  get size(): number {
    return this.#actors.size;
  }

  has(name: StreamName): boolean {
    return this.#actors.has(name);
  }

  snapshot(name: StreamName): StreamSnapshot | undefined {
    return this.#actors.get(name)?.getSnapshot();
  }

  ensure(name: StreamName): void {
    if (this.#actors.has(name)) return;
    const { server, liveFolder, segmentMs, times, rosterRevision } = this.#deps;
    const { clock = PROCESS_CLOCK, random = Math.random } = this.#deps;
    const actor = createActor(this.#machine, {
      clock,
      input: {
        stream: name,
        server,
        folder: join(liveFolder, formsOf(name).folder),
        segmentMs,
        times,
        world: {
          now: () => clock.unixMs(),
          random,
          highestNumber: () => this.#deps.highestNumber(name),
          soundOf: (url) => this.#deps.soundOf(name, url),
          pushes: () => this.#deps.pushesOf(name),
          discontinuities: () => this.#deps.discontinuities(name),
          rosterRevision,
        },
      },
    });
    this.#actors.set(name, actor);
    actor.on('*', (emission) => this.#deps.onEmission(name, emission));
    actor.subscribe({
      next: (snapshot) => this.#deps.onSnapshot(name, snapshot),
      error: (error) =>
        this.#deps.onEmission(name, { type: 'broken', why: `the actor of ${name} broke: ${String(error)}` }),
    });
    actor.start();
  }

  send(name: StreamName, event: StreamEvent): void {
    this.#actors.get(name)?.send(event);
  }

  /**
   * Does `work` for each stream that has an actor now, if the actor is still there at its turn. It is done in short turns, because there
   * may be thousands, and in the order in which it was asked for.
   */
  inTurns(work: (name: StreamName) => void): void {
    for (const [name, actor] of this.#actors) {
      this.#turns.add(() => {
        if (this.#actors.get(name) === actor) work(name);
      });
    }
  }

  /** Kills every ffmpeg in this turn; none is started and no stream claimed before standing is gained again. */
  standingLost(why: string): void {
    this.#halt.begin();
    this.inTurns((name) => this.send(name, { type: 'standing.lost', why }));
  }

  standingGained(session: string): void {
    // By then all actors have been told that standing was lost.
    this.#turns.add(() => this.#halt.end());
    this.inTurns((name) => this.send(name, { type: 'standing.gained', session }));
  }

  /** Removes the actor of a stream that is gone and is not captured any more. */
  dropIfStopped(name: StreamName): boolean {
    const actor = this.#actors.get(name);
    if (actor === undefined || !actor.getSnapshot().matches('stopped')) return false;
    actor.stop();
    return this.#actors.delete(name);
  }

  /** Ends every actor; the ffmpeg of each dies with it. */
  stop(): void {
    this.#turns.close();
    for (const actor of this.#actors.values()) actor.stop();
    this.#actors.clear();
  }
}
