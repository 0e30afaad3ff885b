import type { BeatsDirect, SessionView } from '../../src/actors/session-ports.ts';
import type { DirectTarget } from '../../src/domain/beats/reaching.ts';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import type { Member } from '../../src/domain/membership/member.ts';
import type { Tally } from '../../src/domain/tally.ts';
import type { Times } from '../../src/domain/times.ts';
import type { Herd } from '../../src/herd/herd.ts';
import { HerdMember, type MemberWorld } from '../../src/herd/herd-member.ts';
import type { HerdParts } from '../../src/herd/herd-parts.ts';
import { bringInLine } from '../../src/herd/operating/apply-definitions.ts';
import type { Definitions } from '../../src/herd/view/definitions.ts';
import { type Clock, every } from '../../src/host/clock.ts';
import type { streamMachine } from '../../src/machines/stream.ts';
import type { Disk } from './disk.ts';
import { type FfmpegParts, ffmpegModel } from './ffmpeg-model.ts';
import { ADOPT_MS } from './homes.ts';
import { definitionOf, type StreamPlan } from './plan.ts';
import { ProcessClock } from './process-clock.ts';
import type { ToldArchive } from './recording/host-archive.ts';
import type { SimulatedBus } from './simulated-bus.ts';
import type { SimulatedStore } from './simulated-store.ts';

/** A connection to NATS, and the buckets over it. */
export interface Connected extends Readonly<Record<'servers' | 'owners' | 'streams', SimulatedStore>> {
  readonly bus: SimulatedBus;
}

/** How a process of a simulated host reaches what is around it. */
export interface Site extends FfmpegParts {
  readonly times: Times;
  readonly capacity: number;
  readonly disk: Disk;
  /** What its configuration file says. */
  readonly configured: readonly StreamPlan[];
  readonly machinery?: typeof streamMachine;
  /** The archive of this process; `undefined`: it records nothing. */
  readonly openArchive?: ((clock: Clock) => ToldArchive) | undefined;
  open(clock: Clock): Connected;
  newSession(): string;
  sendBeat(text: string): void;
  sendReports(text: string): void;
  sendDirect(session: string, target: DirectTarget, text: string, onTaken: () => void): void;
  /** For how much longer the process may be left alone; 0: it has no lease, and needs none. */
  lease(standingForMs: number): void;
  note(text: string): void;
  told(event: HerdEvent): void;
  onMember(member: Member): void;
  onHerd(herd: Herd): void;
  broken(why: string): void;
  ended(how: 'left' | 'refused', why: string): void;
}

const LEASE_EVERY_MS = 100;
const NO_ONE_WATCHES: HerdParts['media'] = {
  setStream: () => undefined,
  removeStream: () => undefined,
  addSegment: () => true,
  setServers: () => undefined,
};
const NO_ONE_COUNTS: Tally = {
  segmentClosed: () => undefined,
  claimed: () => undefined,
  beatSent: () => undefined,
  beatHeard: () => undefined,
  told: () => undefined,
};

/**
 * One run of a server: the member of the herd as `src/server.ts` has it, on a simulated machine. What it says goes out through the
 * site; what it is told comes in through the machine, which knows whether it runs, stands still or is gone.
 */
export class ServerProcess {
  readonly #site: Site;
  readonly #clock: ProcessClock;
  readonly #connected: Connected;
  readonly #archive: ToldArchive | undefined;
  readonly #member: HerdMember;
  readonly #busListeners = new Set<(text: string) => void>();
  readonly #directListeners = new Map<string, (text: string) => void>();
  #hearReports: (server: string, text: string) => void = () => undefined;
  #said: string | undefined;
  #hasJoined = false;
  #isLeaving = false;

  constructor(site: Site) {
    this.#site = site;
    this.#clock = new ProcessClock(site.machine);
    this.#connected = site.open(this.#clock);
    this.#archive = site.openArchive?.(this.#clock);
    this.#member = new HerdMember(this.#world());
    site.onHerd(this.herd);
    this.#serve().catch((error) => site.broken(String(error)));
  }

  /** Something is claimed, captured or handed back. */
  get isBusy(): boolean {
    return this.#member.isBusy;
  }

  get herd(): Herd {
    return this.#member.herd;
  }

  get view(): SessionView | undefined {
    return this.#member.session;
  }

  hearBeat(text: string): void {
    for (const listener of this.#busListeners) listener(text);
  }

  hearReports(server: string, text: string): void {
    this.#hearReports(server, text);
  }

  /** @returns whether the session lives. */
  hearDirect(session: string, text: string): boolean {
    const listener = this.#directListeners.get(session);
    listener?.(text);
    return listener !== undefined;
  }

  /** The newest beat of the session. */
  said(session: string): string | undefined {
    return this.#directListeners.has(session) ? this.#said : undefined;
  }

  drain(isDrained: boolean): void {
    this.#member.link.drain(isDrained);
  }

  leave(): void {
    this.#isLeaving = true;
    if (this.#hasJoined) this.#member.link.leave();
    else this.#site.ended('left', 'it had not joined');
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** A bucket and a key of which the view says that it is right, and is not. */
  get wrongKey(): string | undefined {
    const { servers, owners, streams } = this.#connected;
    const wrong = [servers, owners, streams].find(({ wrongKey }) => wrongKey !== undefined);
    return wrong && `${wrong.wrongKey} of ${wrong.bucket}`;
  }

  /** It is gone, without a word. */
  end(): void {
    void this.#connected.bus.close();
  }

  async #serve(): Promise<void> {
    await this.herd.filled();
    this.#archive?.rulesTold();
    every(this.#clock, LEASE_EVERY_MS, () => this.#tellLease());
    this.#member.follow({ standingChanged: () => this.#tellLease() });
    await this.#member.applyFile();
    this.#hasJoined = true;
    this.#member.join();
    const { ended, why } = await this.#member.link.ended;
    this.#site.ended(ended, why);
  }

  #world(): MemberWorld {
    const site = this.#site;
    const { machine, times, capacity, machinery } = site;
    const { bus, servers, owners, streams } = this.#connected;
    const at = { server: machine.name, publicUrl: 'http://it', peerUrl: 'http://it', beatUrl: 'http://it' };
    return {
      self: { ...at, capacity, host: machine.name, dataDir: '/data', boot: String(machine.boots) },
      ...{ bus, servers, owners, streams, times, clock: this.#clock },
      segmentMs: 1000,
      lowLatency: false,
      adoptMs: ADOPT_MS,
      liveFolder: '/data/live',
      openFfmpeg: (stands) => ffmpegModel(site, stands),
      media: NO_ONE_WATCHES,
      tally: NO_ONE_COUNTS,
      memory: site.disk.memoryOf(this.#clock),
      random: () => site.random.next(),
      ...(machinery !== undefined && { machine: machinery }),
      ...(this.#archive !== undefined && { archive: this.#archive }),
      log: { debug: () => {}, info: site.note, warn: site.note, error: site.note },
      beats: {
        send: (text) => site.sendBeat(text),
        listen: (listener) => {
          this.#busListeners.add(listener);
          return () => this.#busListeners.delete(listener);
        },
      },
      direct: this.#direct(),
      openGossip: (onMessage) => {
        this.#hearReports = onMessage;
        return { send: (text) => site.sendReports(text) };
      },
      draining: false,
      drainMark: { set: async () => undefined },
      newSession: () => site.newSession(),
      applyFile: (definitions) => this.#applyFile(definitions),
      publish: (event) => site.told(event),
      onMember: (member) => site.onMember(member),
      onBroken: (why) => site.broken(why),
      onStuck: (why) => {
        throw new Error(why);
      },
    };
  }

  #direct(): BeatsDirect {
    return {
      send: (target, text, onTaken) => this.#site.sendDirect(this.view?.session ?? '', target, text, onTaken),
      say: (_session, text) => {
        this.#said = text;
      },
      listen: (id, listener) => {
        this.#directListeners.set(id, listener);
        return () => this.#directListeners.delete(id);
      },
    };
  }

  /** As `src/warden/lease-reports.ts`. */
  #tellLease(): void {
    const standingForMs = this.view?.standingForMs() ?? 0;
    if (standingForMs > 0 || !this.isBusy) this.#site.lease(standingForMs);
  }

  /** @returns whether the bucket is as the file wants it. */
  async #applyFile(definitions: Definitions): Promise<boolean> {
    const { machine, configured, random } = this.#site;
    const wanted = configured.map((plan) => ({ name: plan.name, definition: definitionOf(plan) }));
    const { streams } = this.#connected;
    const { failed } = await bringInLine(machine.name, wanted, definitions, streams, this.#clock, () => random.next());
    return failed.length === 0;
  }
}
