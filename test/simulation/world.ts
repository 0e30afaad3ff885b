import type { Beat } from '../../src/domain/beats/beat.ts';
import { decodeBeat, encodeBeat } from '../../src/domain/beats/beat.ts';
import type { DirectTarget } from '../../src/domain/beats/reaching.ts';
import { parseDefinition } from '../../src/domain/definition/stream-definition-schema.ts';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import { parseServerRecord, type ServerRecord } from '../../src/domain/records/server-record.ts';
import type { Times } from '../../src/domain/times.ts';
import type { Entry } from '../../src/nats/buckets/store.ts';
import { Random } from '../support/random.ts';
import { Bucket } from './bucket.ts';
import { Cameras } from './cameras.ts';
import { CaptureLedger } from './capture-ledger.ts';
import type { Backup } from './copy.ts';
import { HeapClock } from './heap-clock.ts';
import { Presences } from './homes.ts';
import { Host, type HostSabotage, type HostSurroundings } from './host.ts';
import { JetStream } from './jetstream.ts';
import { Network } from './network.ts';
import { onceFor } from './once-for.ts';
import { OwnerLog } from './owner-log.ts';
import type { Plan, StreamPlan } from './plan.ts';
import type { HostArchiveWorld } from './recording/host-archive.ts';
import type { Recordings } from './recording/recordings.ts';
import type { RecordingSabotage } from './recording/simulated-peers.ts';
import { recordingOf } from './recording/world-recording.ts';
import type { BusTampering } from './simulated-bus.ts';
import type { Tampering } from './simulated-store.ts';
import { Timeline } from './timeline.ts';

/** Planted faults: each takes one rule away, and the checker must object. */
export interface Sabotage extends HostSabotage {
  /** Changes a beat on its way; `world` is there to look at. `undefined`: the beat is lost. */
  readonly beat?: (beat: Beat, world: World) => Beat | undefined;
  /** Ways of direct beats that do not exist: through a third server, and back with the answer. */
  readonly without?: 'passing on' | 'answers';
  /** Changes what is written, and what is answered. */
  readonly tampering?: (world: World) => Tampering;
  /** Changes messages to and from JetStream. */
  readonly bus?: (world: World) => BusTampering;
  readonly recording?: RecordingSabotage;
}

/** How many herds have a single NATS server. */
const LONE_NODE = 0.25;
const FEW_SINGLE_READS = 4;

export interface WorldOptions {
  readonly times: Times;
  readonly wardens: boolean;
  readonly sabotage: Sabotage;
}

export const PROMISES = [
  ...(['A1', 'A2', 'A3', 'A4', 'A5', 'A6'] as const),
  'S1',
  'S2',
  'L1',
  'L2',
  'L3',
  'P1',
  'P2',
  'P3',
  'O11',
  'O12',
  'D4',
  'refused',
  'broken',
] as const;

export interface Violation {
  readonly promise: (typeof PROMISES)[number];
  readonly atMs: number;
  readonly what: string;
}

/** Servers, network, bus and sources in virtual time. The promises that hold at every moment are judged at every moment. */
export class World implements HostSurroundings {
  readonly clock = new HeapClock();
  readonly timeline = new Timeline();
  readonly network: Network;
  readonly buckets: Readonly<Record<'servers' | 'owners' | 'streams', Bucket>>;
  readonly jetstream: JetStream;
  /** Up to so many keys are read one by one. A low number makes scans happen also in small buckets. */
  readonly maxSingleReads: number | undefined;
  readonly cameras = new Cameras(this.clock);
  readonly ledger: CaptureLedger;
  readonly owners: OwnerLog;
  readonly presences = new Presences();
  readonly hosts: readonly Host[];
  /** Absent: nothing is recorded. */
  readonly recordings: Recordings | undefined;
  readonly recording: HostArchiveWorld | undefined;
  readonly streams: readonly StreamPlan[];
  readonly options: WorldOptions;
  readonly violations: Violation[] = [];
  evictions = 0;
  /** Servers, once for each capture that they had to end and did not hand over. */
  readonly stopped: string[] = [];
  /** When the bus last lost data. */
  lostDataMs: number | undefined;
  /** For planted faults: which session ever doubted which, and the last sequence that a session heard of another. */
  readonly everDoubted = new Set<string>();
  readonly #heard = new Map<string, number>();
  readonly #hosts: ReadonlyMap<string, Host>;

  constructor({ seed, hosts, streams }: Plan, options: WorldOptions) {
    this.options = options;
    this.streams = streams;
    const random = new Random(seed);
    this.network = new Network(this.clock, random.named('network'));
    const nodes = random.named('nodes').chance(LONE_NODE) ? ['n1'] : ['n1', 'n2', 'n3'];
    const bucket = (name: string) => new Bucket(name, { clock: this.clock, random: random.named(name), nodes });
    this.buckets = { servers: bucket('servers'), owners: bucket('owners'), streams: bucket('streams') };
    this.jetstream = new JetStream({ clock: this.clock, random: random.named('jetstream'), buckets: this.buckets });
    this.maxSingleReads = seed % 2 === 0 ? FEW_SINGLE_READS : undefined;
    this.owners = new OwnerLog(this);
    this.buckets.servers.onLanded = (...landed) => this.#serverLanded(...landed);
    this.buckets.owners.onLanded = (...landed) => this.owners.landed(...landed);
    this.ledger = new CaptureLedger((one, other) => {
      const each = [one, other].map(({ session, epoch }) => `${session} (epoch ${epoch})`);
      this.violate('S1', `${one.stream} is captured by ${each.join(' and ')}`);
    });
    const recorded = streams.some(({ isRecorded }) => isRecorded === true) ? recordingOf(this) : undefined;
    this.recordings = recorded?.recordings;
    this.recording = recorded?.world;
    this.hosts = hosts.map((plan) => new Host(plan, this, random.named(plan.name)));
    this.#hosts = new Map(this.hosts.map((host) => [host.name, host]));
    for (const host of this.hosts) {
      if (host.plan.startMs === Infinity) continue;
      this.clock.at(host.plan.startMs, () => {
        host.start();
        this.clock.reactionsPending();
      });
    }
  }

  get times(): Times {
    return this.options.times;
  }

  get sabotage(): Sabotage {
    return this.options.sabotage;
  }

  tampering(): Tampering {
    return this.sabotage.tampering?.(this) ?? {};
  }

  busTampering(): BusTampering {
    return this.sabotage.bus?.(this) ?? {};
  }

  host(name: string): Host | undefined {
    return this.#hosts.get(name);
  }

  /** Until then, or until a promise is broken. */
  async run(untilMs: number): Promise<void> {
    await this.clock.run(untilMs, () => this.violations.length > 0);
  }

  violate(promise: Violation['promise'], what: string): void {
    this.violations.push({ promise, atMs: this.clock.nowMs, what });
    this.note('!!', `${promise}: ${what}`);
  }

  note(source: string, text: string): void {
    this.timeline.note(this.clock.nowMs, source, text);
  }

  told({ server, stream, kind, why }: HerdEvent): void {
    if (kind === 'bus-amnesia' && this.lostDataMs === undefined) {
      this.violate('D4', `${server} is told of a loss of data that there was not: ${why}`);
    }
    if (kind === 'stream-stopped') this.stopped.push(server);
    if (kind === 'server-draining') this.owners.drained(server);
    if (kind === 'stream-source-error' && stream !== undefined) this.owners.sourceFailed(stream, server);
  }

  /**
   * Whether every server will notice that the bus went back: all stand now, stood at the time of the backup, and have seen more since. A
   * server that has seen nothing newer cannot tell, and might claim what others still capture: a limit, see SPEC.md.
   */
  willNotice(backups: ReadonlyMap<string, Backup>): boolean {
    const { entries } = backups.get('servers') ?? this.buckets.servers.backup();
    const known = new Set([...entries.values()].map((entry) => recordOf(entry)?.session));
    const { revision } = backups.get('owners') ?? this.buckets.owners.backup();
    const mustHaveSeen = revision < this.buckets.owners.revision ? revision + 1 : revision;
    return this.hosts.every((host) => {
      const { session, process } = host;
      if (session === undefined || process === undefined || !known.has(session)) return false;
      return host.stands(session) && process.herd.revisions().owners >= mustHaveSeen;
    });
  }

  lostData(): void {
    this.lostDataMs = this.clock.nowMs;
  }

  sendBeat(from: Host, text: string): void {
    for (const to of this.hosts) {
      this.network.overBus(from.name, to.name, () => this.#hear(to, text, (sent) => to.hearBeat(sent)));
    }
  }

  sendReports(from: Host, text: string): void {
    for (const to of this.hosts) {
      this.network.overBus(from.name, to.name, () => to.hearReports(from.name, text));
    }
  }

  /** A beat of `session` straight to `target`, and through those that are to pass it on. */
  sendDirect(from: Host, session: string, target: DirectTarget, text: string, onTaken: () => void): void {
    this.#bring(from.name, target, text, (said) =>
      this.network.answer(target.server, from.name, () => {
        from.taken(onTaken);
        if (said !== undefined && this.sabotage.without !== 'answers')
          this.#hear(from, said, (sent) => from.hearDirect(session, sent));
      }),
    );
    for (const { server } of this.sabotage.without === 'passing on' ? [] : (target.through ?? [])) {
      this.network.direct(from.name, server, () =>
        this.host(server)?.passOn(() => this.#bring(server, target, text, () => undefined)),
      );
    }
  }

  /** `onHeard`: with the newest beat of the one that heard it. */
  #bring(from: string, target: DirectTarget, text: string, onHeard: (said: string | undefined) => void): void {
    const to = this.host(target.server);
    if (to === undefined) return;
    this.network.direct(from, target.server, () =>
      this.#hear(to, text, (sent) => to.hearDirect(target.session, sent, onHeard)),
    );
  }

  /** The last sequence of `of` that reached the machine of `by`, whatever the member made of it. */
  heardSequence(by: string, of: string): number {
    return this.#heard.get(`${by} ${of}`) ?? 0;
  }

  /** What the bucket `servers` says of each server. */
  serverRecords(): ServerRecord[] {
    return [...this.buckets.servers.entries.values()].flatMap((entry) => recordOf(entry) ?? []);
  }

  streamsWithoutCapture(): readonly string[] {
    return this.enabledStreams().flatMap(({ name }) => (this.ledger.of(name).size === 0 ? [name] : []));
  }

  /** Streams that are missing in the bucket count: the files put them back. After a backup was put back, a stream may be disabled again. */
  enabledStreams(): StreamPlan[] {
    return this.streams.filter(({ name }) => {
      const text = this.buckets.streams.entries.get(name)?.text;
      const parsed = typeof text === 'string' ? parseDefinition(text) : undefined;
      return parsed?.ok !== true || !parsed.definition.disabled;
    });
  }

  /** Keys that a view shows otherwise than its bucket has them, though it says that it is right. */
  wrongKeys(): readonly string[] {
    return this.hosts.flatMap(({ name, process }) => {
      const wrong = process?.wrongKey;
      return wrong === undefined ? [] : [`${wrong} on ${name}`];
    });
  }

  #hear(to: Host, text: string, hear: (text: string) => void): void {
    const { beat: change } = this.sabotage;
    if (change === undefined) {
      hear(text);
      return;
    }
    const reading = decodeBeat(text);
    if ('problem' in reading) throw new Error(reading.problem);
    const changed = change(reading.beat, this);
    if (to.session !== undefined) this.#heard.set(`${to.session} ${reading.beat.session}`, reading.beat.sequence);
    if (changed !== undefined || reading.beat.server === to.name) hear(encodeBeat(changed ?? reading.beat));
  }

  #serverLanded(entry: Entry, before: Entry | undefined, writer: string): void {
    const was = before && recordOf(before);
    const is = recordOf(entry);
    this.presences.landed(entry.key, is === undefined || is.state === 'down', this.clock.nowMs);
    if (was === undefined || was.state === 'down') return;
    if (is !== undefined && is.session === was.session && is.state !== 'down') return;
    const how = is?.session === was.session ? `says down: ${is.why}` : `shows ${is?.session}`;
    this.note(writer, `key ${entry.key} (${was.session}, revision ${before?.revision}) ${how}`);
    if (writer !== entry.key) this.evictions += 1;
    if (this.host(entry.key)?.stands(was.session) === true) {
      this.violate('S2', `${was.session} is taken off the roster by ${writer} while it stands`);
    }
  }
}

const recordOf = onceFor(({ key, text }) => (text === null ? undefined : parseServerRecord(key, text)));
