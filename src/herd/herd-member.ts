import type { Ffmpeg } from '../actors/ffmpeg/ffmpeg.ts';
import { sessionActor } from '../actors/session.ts';
import type { BeatsDirect, BeatsOverBus, SessionPorts, SessionView } from '../actors/session-ports.ts';
import type { Self } from '../domain/membership/own-key.ts';
import type { ServerFault } from '../domain/records/server-record.ts';
import { type Clock, every, PROCESS_CLOCK } from '../host/clock.ts';
import type { Bus } from '../nats/connection/bus.ts';
import type { HerdFollower } from './followers.ts';
import { Herd } from './herd.ts';
import type { HerdParts } from './herd-parts.ts';
import { MembershipLink } from './joining/membership-link.ts';
import type { DrainMark } from './operating/drain-mark.ts';
import { Operator } from './operating/operator.ts';

/** All that a member of a herd has from outside: the buckets and the bus, the machine, its own configuration, and time. */
export interface MemberWorld
  extends Omit<HerdParts, 'server' | 'session' | 'ffmpeg' | 'sendReports' | 'onAmnesia'>,
    Pick<SessionPorts, 'fault' | 'newSession' | 'onMember'> {
  /** What its record says of it in every session. */
  readonly self: Omit<Self, 'session' | 'since'>;
  readonly bus: Bus;
  readonly beats: BeatsOverBus;
  /** Absent: there are no direct beats. */
  readonly direct?: BeatsDirect | undefined;
  /** The server was drained when it last ran, and still is. */
  readonly draining: boolean;
  readonly drainMark: Pick<DrainMark, 'set'>;
  /** The actor of each capture. It starts nothing at a moment at which `stands` says no. */
  openFfmpeg(stands: () => boolean): Ffmpeg;
  /** What servers tell each other of their captures; `onMessage` hears what others say. */
  openGossip(onMessage: (server: string, text: string) => void): { send(text: string): unknown };
  /** Captures of a leaving server do not end, although they were killed. */
  onStuck(why: string): void;
}

/**
 * One running member of a herd: the herd as it sees and serves it, the life of its sessions, and the orders of its operators, put
 * together on a given world. `server.ts` runs it on a machine, the simulation on a simulated one.
 */
export class HerdMember implements AsyncDisposable {
  readonly herd: Herd;
  readonly link: MembershipLink;
  readonly operator: Operator;
  readonly #world: MemberWorld;
  /** The one that runs now, or ran last. */
  #session: SessionView | undefined;

  constructor(world: MemberWorld) {
    this.#world = world;
    const { self, times, log, clock = PROCESS_CLOCK } = world;
    const gossip = world.openGossip((server, text) => this.herd.reports.receive(server, text));
    this.herd = new Herd({
      ...world,
      server: self.server,
      ffmpeg: world.openFfmpeg(() => (this.#session?.standingForMs() ?? 0) > 0),
      sendReports: (text) => gossip.send(text),
      session: () => this.#session,
      onAmnesia: (why) => this.link.fence(`the bus lost data: ${why}`),
    });
    this.link = new MembershipLink({
      ...{ herd: this.herd, times, log, clock, draining: world.draining },
      session: sessionActor(self, times, this.#sessionPorts(clock), (opened) => this.#opened(opened)),
      view: () => this.#session,
      onChange: () => this.herd.followers.standingChanged(),
      onStuck: (why) => world.onStuck(why),
    });
    this.operator = new Operator({
      ...{ herd: this.herd, link: this.link, drainMark: world.drainMark, config: { serverName: self.server } },
      ...{ bus: world.bus, streams: world.streams, servers: world.servers },
    });
  }

  /** Something is claimed, captured or handed back. */
  get isBusy(): boolean {
    return this.herd.captures.busy.size > 0;
  }

  /** The session that runs now, or ran last. */
  get session(): SessionView | undefined {
    return this.#session;
  }

  /** @returns what ends it. */
  follow(follower: HerdFollower): () => void {
    return this.herd.followers.add(follower);
  }

  /** Resolves when the bucket `streams` is as this server's file wants it, or that is seen to later. To be done before it joins. */
  async applyFile(): Promise<void> {
    const { applyFile = async () => true } = this.#world;
    if (!(await applyFile(this.herd.definitions))) this.herd.recovery.restoreDefinitions();
  }

  /** Begins the first session. Until then there is none, and nothing is captured. */
  join(): void {
    this.link.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.link[Symbol.dispose]();
    await this.herd[Symbol.asyncDispose]();
  }

  #opened(session: SessionView): void {
    this.#session = session;
    this.herd.followers.sessionOpened(session);
  }

  #fault(): ServerFault {
    const fault = this.#world.fault?.() ?? {};
    const { whyWaiting } = this.herd.recovery;
    return whyWaiting === undefined ? fault : { cannotCapture: whyWaiting, ...fault };
  }

  #sessionPorts(clock: Clock): SessionPorts {
    const { servers, beats, direct, tally, newSession } = this.#world;
    return {
      ...{ servers, roster: this.herd.rosterView(), beats, ...(direct !== undefined && { direct }), tally, newSession },
      fault: () => this.#fault(),
      now: () => ({ monoMs: clock.now(), wallMs: clock.unixMs() }),
      every: (everyMs, turn) => every(clock, everyMs, turn),
      date: () => new Date(clock.unixMs()).toISOString(),
      revisions: () => this.herd.revisions(),
      lagging: () => this.herd.reconcile(),
      beatNotUnderstood: (from, why) => this.herd.notUnderstood.note({ what: 'a beat', from, why }),
      onMember: (member) => this.#world.onMember?.(member),
    };
  }
}
