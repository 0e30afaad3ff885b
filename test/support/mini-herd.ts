import { type ActorRefFrom, createActor, type EventObject, fromCallback } from 'xstate';
import { plan } from '../../src/domain/placement/placement.ts';
import type { PlacementInput, PlacementStream } from '../../src/domain/placement/placement-input.ts';
import { type ReturnHistory, stood, withReturn } from '../../src/domain/placement/return-history.ts';
import type { OwnerRecord } from '../../src/domain/records/owner-record.ts';
import type { SourceFailure } from '../../src/domain/source-failure.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { captureMachine } from '../../src/machines/capture.ts';
import type { FfmpegCommand, FfmpegInput } from '../../src/machines/capture-contract.ts';
import { streamMachine } from '../../src/machines/stream.ts';
import type { ClaimInput, OwnerView, ReleaseInput } from '../../src/machines/stream-contract.ts';
import { HeapClock } from './heap-clock.ts';
import { DEFINITION, streamInput } from './stream-world.ts';

interface Member {
  readonly name: string;
  readonly session: string;
  state: 'up' | 'draining';
  readonly streams: ReadonlyMap<string, ActorRefFrom<typeof streamMachine>>;
}

interface Key {
  revision: number;
  record: OwnerRecord | null;
  writtenAtMs: number;
}

/** What a server meets when it captures a stream: data, silence, or an ffmpeg that fails by itself. */
type Meeting = 'data' | 'silence' | 'failure';

const STEP_MS = 100;

/**
 * Placement and stream machines of a few servers together, in virtual time, over a bus that never fails. It connects them as the
 * composition root does, and adds nothing. Every ffmpeg is counted; two of one stream are an error at once.
 */
export class MiniHerd {
  readonly clock = new HeapClock();
  readonly #members = new Map<string, Member>();
  readonly #keys = new Map<string, Key>();
  readonly #history = new Map<string, ReturnHistory>();
  /** The servers that capture a stream now. */
  readonly captures = new Map<string, string>();
  readonly #streams: readonly PlacementStream[];
  readonly #meets: (server: string, stream: string) => Meeting;
  /** An actor is told nothing that has not changed. */
  readonly #told = new WeakMap<object, string>();
  #sessions = 0;
  /** Each claim that was won, as `server stream`. */
  readonly claimed: string[] = [];

  constructor(streams: readonly PlacementStream[], meets: (server: string, stream: string) => Meeting = () => 'data') {
    this.#streams = streams;
    this.#meets = meets;
    for (const { name } of streams) this.#keys.set(name, { revision: 0, record: null, writtenAtMs: 0 });
  }

  get claims(): number {
    return this.claimed.length;
  }

  get up(): readonly string[] {
    return [...this.#members.values()].filter((member) => member.state === 'up').map((member) => member.name);
  }

  join(name: string): void {
    if (this.#members.has(name)) return;
    if (this.clock.now() > 0) {
      this.#history.set(name, withReturn(this.#history.get(name) ?? [], this.clock.now()));
    }
    const session = `${name}-${++this.#sessions}`;
    const streams = new Map(this.#streams.map((stream) => [stream.name, this.#startStream(name, stream)]));
    this.#members.set(name, { name, session, state: 'up', streams });
    for (const actor of streams.values()) actor.send({ type: 'standing.gained', session });
  }

  /** The process dies, and its warden kills what it left. */
  crash(name: string): void {
    for (const actor of this.#members.get(name)?.streams.values() ?? []) actor.stop();
    this.#members.delete(name);
    for (const [stream, server] of this.captures) if (server === name) this.captures.delete(stream);
  }

  drain(name: string, state: Member['state'] = 'draining'): void {
    const member = this.#members.get(name);
    if (member !== undefined) member.state = state;
  }

  run(ms: number): void {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      const { target } = plan(this.#view());
      for (const member of this.#members.values()) {
        const others = this.up.filter((name) => name !== member.name);
        for (const [stream, actor] of member.streams) {
          const owner = this.#ownerView(stream);
          const placement = target.get(stream);
          const mine = placement?.server === member.name;
          const heir = mine ? undefined : placement?.server;
          const why = placement?.why ?? 'there is no server that may take it';
          const news = `${owner.epoch} ${owner.live} ${placement?.server} ${others}`;
          if (this.#told.get(actor) === news) continue;
          this.#told.set(actor, news);
          actor.send({ type: 'owner.changed', owner });
          actor.send({ type: 'assignment.changed', assignment: { mine, heir, others, why } });
        }
      }
      this.clock.advance(STEP_MS);
    }
  }

  #view(): PlacementInput {
    const keys = [...this.#keys];
    return {
      servers: [...this.#members.values()].map(({ name, state }) => ({
        name,
        state,
        capacity: 1,
        ...stood(this.#history.get(name) ?? [], this.clock.now(), DEFAULT_TIMES),
      })),
      streams: this.#streams,
      owners: new Map(
        keys.flatMap(([stream]) => {
          const { live, server } = this.#ownerView(stream);
          return live && server !== null ? [[stream, server]] : [];
        }),
      ),
      failedBy: new Map(keys.map(([stream, { record }]) => [stream, new Set(record?.failedBy)])),
      unfitBy: new Map(keys.map(([stream, { record }]) => [stream, new Set(record?.unfitBy)])),
      heirs: new Map(
        keys.flatMap(([stream, { record, writtenAtMs }]) => {
          const inGrace = this.clock.now() - writtenAtMs < DEFAULT_TIMES.heirGraceMs;
          return inGrace && record !== null && record.server === null && record.heir ? [[stream, record.heir]] : [];
        }),
      ),
    };
  }

  #ownerView(stream: string): OwnerView {
    const { revision: epoch = 0, record = null } = this.#keys.get(stream) ?? {};
    const failures = { failedBy: record?.failedBy ?? [], unfitBy: record?.unfitBy ?? [] };
    if (record === null) return { epoch, server: null, session: null, live: false, ...failures };
    if (record.server === null) return { ...record, epoch, live: false, ...failures };
    const live = this.#members.get(record.server)?.session === record.session;
    return { epoch, server: record.server, session: record.session, live, ...failures };
  }

  #write(stream: string, expected: number, record: OwnerRecord | null): number | undefined {
    const key = this.#keys.get(stream);
    if (key === undefined || key.revision !== expected) return undefined;
    this.#keys.set(stream, { revision: expected + 1, record, writtenAtMs: this.clock.now() });
    return expected + 1;
  }

  #startStream(server: string, { name, captureAt }: PlacementStream) {
    const claim = fromCallback<EventObject, ClaimInput>(({ input, sendBack }) => {
      const epoch = this.#write(name, input.expected, input.record);
      if (epoch !== undefined) this.claimed.push(`${server} ${name}`);
      sendBack(epoch === undefined ? { type: 'claim.lost' } : { type: 'claim.won', epoch });
    });
    const release = fromCallback<EventObject, ReleaseInput>(({ input, sendBack }) => {
      const epoch = this.#write(name, input.epoch, input.record);
      sendBack({ type: epoch === undefined ? 'release.lost' : 'release.won' });
    });
    const capture = captureMachine.provide({ actors: { ffmpeg: this.#ffmpeg(server, name) } });
    const actor = createActor(streamMachine.provide({ actors: { claim, release, capture } }), {
      clock: this.clock,
      input: streamInput({ stream: name, server }),
    }).start();
    const pin = captureAt === undefined ? {} : { captureAt };
    actor.send({ type: 'definition.changed', definition: { ...DEFINITION, ...pin } });
    return actor;
  }

  /** An ffmpeg that has data every second, if the server can reach the source, and takes 50 ms to die. */
  #ffmpeg(server: string, stream: string) {
    return fromCallback<FfmpegCommand, FfmpegInput>(({ sendBack, receive }) => {
      const other = this.captures.get(stream);
      if (other !== undefined) throw new Error(`${server} captures ${stream} while ${other} does`);
      this.captures.set(stream, server);
      let gone = false;
      const exit = (failure: SourceFailure) => {
        this.clock.setTimeout(() => {
          if (gone) return;
          gone = true;
          this.captures.delete(stream);
          sendBack({ type: 'ffmpeg.exited', failure });
        }, 50);
      };
      sendBack({ type: 'ffmpeg.started', pid: 1 });
      const tick = () => {
        if (gone) return;
        const met = this.#meets(server, stream);
        if (met === 'data') sendBack({ type: 'ffmpeg.progressed', outTimeMs: this.clock.now() });
        if (met === 'failure') exit({ kind: 'ours', message: 'ffmpeg exited with 1' });
        this.clock.setTimeout(tick, 1000);
      };
      tick();
      receive(() => exit({ kind: 'ended', message: 'it was stopped' }));
      return () => {
        gone = true;
      };
    });
  }
}
