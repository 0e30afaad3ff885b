import type { DirectTarget } from '../../src/domain/beats/reaching.ts';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import type { Member } from '../../src/domain/membership/member.ts';
import type { Times } from '../../src/domain/times.ts';
import type { Herd } from '../../src/herd/herd.ts';
import type { Clock } from '../../src/host/clock.ts';
import type { streamMachine } from '../../src/machines/stream.ts';
import type { Random } from '../support/random.ts';
import { streamName } from '../support/stream-names.ts';
import type { Bucket } from './bucket.ts';
import type { Cameras } from './cameras.ts';
import type { CaptureLedger } from './capture-ledger.ts';
import { Disk } from './disk.ts';
import type { HeapClock } from './heap-clock.ts';
import { HostCaptures } from './host-captures.ts';
import type { JetStream } from './jetstream.ts';
import { Machine } from './machine.ts';
import type { Network } from './network.ts';
import type { HostPlan, StreamPlan } from './plan.ts';
import { ProcessClock } from './process-clock.ts';
import { HostArchive, type HostArchiveWorld } from './recording/host-archive.ts';
import { type Connected, ServerProcess, type Site } from './server-process.ts';
import { type BusTampering, SimulatedBus } from './simulated-bus.ts';
import { SimulatedStore, type Tampering } from './simulated-store.ts';
import { WardenModel } from './warden-model.ts';

/** From a SIGKILL to the end of what was killed: `GROUP_KILL_MS` of `src/warden/lease.ts`, and a little less. */
const LONGEST_DEATH_MS = 45;
const RESTART_MS = 1000;

/** What planted faults change in the processes of a host. */
export interface HostSabotage {
  /** Changes a member as it is made. */
  readonly member?: (member: Member) => void;
  /** Changes a herd as it is made. */
  readonly herd?: (herd: Herd) => void;
  /** In place of the stream machine. */
  readonly machine?: typeof streamMachine;
}

/** What is around a host: the clock, the network, the bus, the sources, and the judge of the promises. */
export interface HostSurroundings {
  readonly options: { readonly wardens: boolean };
  readonly times: Times;
  readonly clock: HeapClock;
  readonly network: Network;
  readonly jetstream: JetStream;
  readonly buckets: Readonly<Record<'servers' | 'owners' | 'streams', Bucket>>;
  readonly maxSingleReads: number | undefined;
  readonly cameras: Cameras;
  readonly ledger: CaptureLedger;
  readonly owners: { drained(server: string): void; toldToLeave(session: string): void };
  readonly streams: readonly StreamPlan[];
  readonly sabotage: HostSabotage;
  /** Absent: nothing is recorded. */
  readonly recording: HostArchiveWorld | undefined;
  /** What planted faults change in writes and answers of a store. */
  tampering(): Tampering;
  /** What planted faults change in messages to and from JetStream. */
  busTampering(): BusTampering;
  sendBeat(from: Host, text: string): void;
  sendReports(from: Host, text: string): void;
  sendDirect(from: Host, session: string, target: DirectTarget, text: string, onTaken: () => void): void;
  told(event: HerdEvent): void;
  violate(promise: 'broken' | 'refused', what: string): void;
  note(source: string, text: string): void;
}

/** One configured server on its machine: the process that runs now, the captures, and the warden beside them. */
export class Host {
  readonly machine: Machine;
  readonly plan: HostPlan;
  readonly captures: HostCaptures;
  readonly recording: HostArchive | undefined;
  readonly #world: HostSurroundings;
  readonly #random: Random;
  readonly #warden: WardenModel;
  readonly #disk = new Disk();
  #process: ServerProcess | undefined;
  #sessions = 0;
  /** An operator wants it drained; the process is told whenever there is one. */
  #isDrained = false;

  constructor(plan: HostPlan, world: HostSurroundings, random: Random) {
    this.plan = plan;
    this.#world = world;
    this.#random = random;
    this.machine = new Machine(plan.name, world.clock, random.branch());
    const parts = { ledger: world.ledger, random: random.branch(), note: (text: string) => this.#note(text) };
    this.captures = new HostCaptures(this.machine, parts, LONGEST_DEATH_MS);
    this.recording = world.recording && new HostArchive(this.machine, random.named('archive'), world.recording);
    this.#warden = new WardenModel(this.machine, world.times.killMs, () => this.#leaseLapsed());
    this.#warden.start();
  }

  get name(): string {
    return this.plan.name;
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  get process(): ServerProcess | undefined {
    return this.#process;
  }

  /** Its present session; dead, fenced or standing. */
  get session(): string | undefined {
    return this.#process?.view?.session;
  }

  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** The session believes that it may capture: what S2 is judged on. */
  stands(session: string): boolean {
    const view = this.#process?.view;
    return this.machine.on && view?.session === session && view.standingForMs() > 0;
  }

  start(): void {
    if (this.#process !== undefined || !this.machine.on) return;
    this.machine.endProcess();
    this.#process = new ServerProcess(this.#site());
    if (this.#isDrained) this.drain(true);
  }

  /** kill -9 of the process. The warden does the rest. */
  crash(): void {
    if (this.#process === undefined) return;
    this.#note('the process crashed');
    const { session } = this;
    const { isLeaving } = this.#process;
    this.#endProcess();
    this.captures.killAll(() => {
      if (session !== undefined) void this.#writeObituary(session);
    });
    if (!isLeaving) this.machine.after(RESTART_MS, () => this.start(), 'warden');
  }

  /** The whole host goes, captures and warden included. */
  lose(): void {
    if (!this.machine.on) return;
    this.#note('the host is lost');
    this.#endProcess();
    this.machine.on = false;
    this.captures.vanish();
    this.recording?.lost();
  }

  /** It comes back with an empty process table. */
  boot(): void {
    if (this.machine.on) return;
    this.#note('the host boots');
    this.machine.on = true;
    this.machine.boots += 1;
    this.#warden.start();
    this.start();
  }

  sleep(): void {
    this.#note('the machine falls asleep');
    this.captures.excuse();
    this.machine.sleep();
  }

  /** SIGTERM. */
  leave(): void {
    const leaving = this.#process;
    if (leaving === undefined || !this.machine.on) return;
    this.machine.message(() => {
      if (leaving.isLeaving) return;
      this.#note('told to leave');
      this.#world.owners.drained(this.name);
      if (leaving.view !== undefined) this.#world.owners.toldToLeave(leaving.view.session);
      leaving.leave();
    });
  }

  drain(isDrained: boolean): void {
    this.#isDrained = isDrained;
    const drained = this.#process;
    if (this.machine.on) this.machine.message(() => drained?.drain(isDrained));
  }

  /** An operator's `move`. */
  move(stream: string, to: string): void {
    const asked = this.#process?.herd;
    if (asked === undefined || !this.machine.on) return;
    const name = streamName(stream);
    const event = { type: 'move.requested', to, why: 'an operator moves it' } as const;
    this.machine.message(() => {
      if (asked.staleness.now === undefined) asked.registry.send(name, event);
    });
  }

  hearBeat(text: string): void {
    if (this.machine.on) this.machine.passingMessage(() => this.#process?.hearBeat(text));
  }

  hearReports(server: string, text: string): void {
    if (this.machine.on) this.machine.passingMessage(() => this.#process?.hearReports(server, text));
  }

  /** `onHeard`: `session` lives here and has heard it; with its newest beat. */
  hearDirect(session: string, text: string, onHeard?: (said: string | undefined) => void): void {
    if (!this.machine.on) return;
    this.machine.passingMessage(() => {
      if (this.#process?.hearDirect(session, text)) onHeard?.(this.#process.said(session));
    });
  }

  /** A peer has taken a direct beat. */
  taken(onTaken: () => void): void {
    if (this.machine.on) this.machine.passingMessage(onTaken);
  }

  /** A beat for another server is brought here. */
  passOn(pass: () => void): void {
    if (this.machine.on) this.machine.passingMessage(() => this.#process && pass());
  }

  #site(): Site {
    const world = this.#world;
    const { sabotage } = world;
    const { recording } = this;
    return {
      machine: this.machine,
      captures: this.captures,
      live: recording?.live,
      openArchive: recording && ((clock) => recording.open(clock)),
      cameras: world.cameras,
      random: this.#random.branch(),
      session: () => this.session ?? '',
      open: (clock) => this.#open(clock, 'process'),
      times: world.times,
      capacity: this.plan.capacity,
      disk: this.#disk,
      configured: world.streams,
      ...(sabotage.machine !== undefined && { machinery: sabotage.machine }),
      newSession: () => {
        this.#sessions += 1;
        return `${this.name}-${this.#sessions}`;
      },
      sendBeat: (text) => world.sendBeat(this, text),
      sendReports: (text) => world.sendReports(this, text),
      sendDirect: (...sent) => world.sendDirect(this, ...sent),
      lease: (standingForMs) => this.#warden.hear(standingForMs),
      note: (text) => this.#note(text),
      told: (event) => world.told(event),
      onMember: (member) => sabotage.member?.(member),
      onHerd: (herd) => sabotage.herd?.(herd),
      broken: (why) => world.violate('broken', `${this.name}: ${why}`),
      ended: (how, why) => {
        this.#note(`${how}: ${why}`);
        if (how === 'refused') world.violate('refused', `${this.name}: ${why}`);
        this.#endProcess();
      },
    };
  }

  /** A connection to NATS, and the buckets over it. */
  #open(clock: Clock, owner: 'process' | 'warden'): Connected {
    const { network, jetstream, buckets, maxSingleReads } = this.#world;
    const tampering = this.#world.busTampering();
    const random = this.#random.branch();
    const isWardens = owner === 'warden';
    const bus = new SimulatedBus({ machine: this.machine, clock, network, jetstream, random, tampering, isWardens });
    const parts = { bus, clock, tampering: this.#world.tampering(), maxSingleReads };
    const store = (bucket: Bucket) => new SimulatedStore(bucket, parts);
    return { bus, servers: store(buckets.servers), owners: store(buckets.owners), streams: store(buckets.streams) };
  }

  async #writeObituary(session: string): Promise<void> {
    const { bus, servers } = this.#open(new ProcessClock(this.machine, 'warden'), 'warden');
    await this.#warden.obituary(servers, session);
    await bus.close();
  }

  #leaseLapsed(): void {
    if (!this.#world.options.wardens || this.#process === undefined) return;
    this.#note('the warden kills: the lease has passed');
    this.crash();
  }

  #endProcess(): void {
    this.#process?.end();
    this.#process = undefined;
    this.#warden.forget();
    this.machine.endProcess();
    this.recording?.end();
  }

  #note(text: string): void {
    this.#world.note(this.name, text);
  }
}
