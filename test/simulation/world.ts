import type { Beat } from '../../src/domain/membership/beat.ts';
import type { DirectTarget } from '../../src/domain/membership/command.ts';
import type { Via } from '../../src/domain/membership/hearing.ts';
import type { Member } from '../../src/domain/membership/member.ts';
import type { OwnerRecord } from '../../src/domain/owner-record.ts';
import type { ServerRecord } from '../../src/domain/server-record.ts';
import type { Times } from '../../src/domain/times.ts';
import { CaptureLedger } from './capture-ledger.ts';
import { HeapClock } from './heap-clock.ts';
import { Host } from './host.ts';
import { Bucket, type KeyEntry } from './jetstream.ts';
import { Network } from './network.ts';
import type { Random } from './random.ts';
import type { StreamsModelOptions } from './streams-model.ts';
import { Timeline } from './timeline.ts';

/** Planted faults: each takes one rule away, and the checker must object. */
export interface Sabotage {
  /** Changes a member as it is made. */
  readonly member?: (member: Member) => void;
  /** Changes a beat on its way to a hearer; `world` to look around. */
  readonly beat?: (beat: Beat, world: World) => Beat;
  /** Changes a record as it is written. */
  readonly record?: (record: ServerRecord, world: World) => ServerRecord;
}

export interface WorldOptions {
  readonly servers: number;
  readonly times: Times;
  readonly streams: StreamsModelOptions;
  readonly wardens: boolean;
  readonly sabotage?: Sabotage;
}

export interface Violation {
  readonly promise: 'S1' | 'S2' | 'L1' | 'L2' | 'L3' | 'refused';
  readonly atMs: number;
  readonly what: string;
}

/** Servers, network and bus in virtual time, with the two safety promises judged in every moment. */
export class World {
  readonly clock = new HeapClock();
  readonly timeline = new Timeline();
  readonly network: Network;
  readonly servers: Bucket<ServerRecord>;
  readonly owners: Bucket<OwnerRecord>;
  readonly ledger: CaptureLedger;
  readonly hosts: readonly Host[];
  readonly options: WorldOptions;
  readonly violations: Violation[] = [];
  evictions = 0;
  /** For planted faults: who ever doubted whom, and the last sequence that a session heard of another. */
  readonly everDoubted = new Set<string>();
  readonly #heard = new Map<string, number>();

  constructor(options: WorldOptions, random: Random) {
    this.options = options;
    this.network = new Network(this.clock, random.branch());
    const parts = { clock: this.clock, network: this.network };
    this.servers = new Bucket<ServerRecord>('servers', { ...parts, random: random.branch() });
    this.owners = new Bucket<OwnerRecord>('owners', { ...parts, random: random.branch() });
    this.servers.onLanded = (entry, before, writer) => this.#serverLanded(entry, before, writer);
    this.ledger = new CaptureLedger((one, other) =>
      this.violate(
        'S1',
        `${one.stream} is captured by ${one.session} (epoch ${one.epoch}) and ${other.session} (epoch ${other.epoch})`,
      ),
    );
    this.hosts = Array.from(
      { length: options.servers },
      (_, index) => new Host(`s${String(index + 1).padStart(2, '0')}`, this, random.branch()),
    );
  }

  host(name: string): Host {
    const host = this.hosts.find((it) => it.name === name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  run(untilMs: number): void {
    this.clock.run(untilMs, () => this.violations.length > 0);
  }

  violate(promise: Violation['promise'], what: string): void {
    this.violations.push({ promise, atMs: this.clock.nowMs, what });
    this.timeline.note(this.clock.nowMs, '!!', `${promise}: ${what}`);
  }

  refused(host: string, why: string): void {
    this.violate('refused', `${host}: ${why}`);
  }

  send(from: Host, beat: Beat, direct: readonly DirectTarget[]): void {
    const sent = this.options.sabotage?.beat?.(beat, this) ?? beat;
    for (const to of this.hosts) this.network.overBus(from.name, to.name, () => this.#hear(to, sent, 'bus'));
    for (const { server, session } of direct) {
      const to = this.host(server);
      this.network.direct(from.name, server, () => {
        if (to.session?.member.self.session === session) this.#hear(to, sent, 'direct');
      });
    }
  }

  /** The last sequence of `of` that reached the machine of `by`, whatever the member made of it. */
  heardSequence(by: string, of: string): number {
    return this.#heard.get(`${by} ${of}`) ?? 0;
  }

  streamsWithoutCapture(): readonly string[] {
    return this.options.streams.streams.filter((stream) => this.ledger.of(stream).size === 0);
  }

  #hear(to: Host, beat: Beat, via: Via): void {
    to.hear(beat, via);
    const by = to.session?.member.self.session;
    if (this.options.sabotage?.beat !== undefined && by !== undefined) {
      this.#heard.set(`${by} ${beat.session}`, beat.sequence);
    }
  }

  #serverLanded(entry: KeyEntry<ServerRecord>, before: KeyEntry<ServerRecord> | undefined, writer: string): void {
    const was = before?.value;
    const is = entry.value;
    if (was === undefined || was.state === 'down') return;
    if (is.session === was.session && is.state !== 'down') return;
    const how = is.session === was.session ? `says down: ${is.why}` : `shows ${is.session}`;
    this.timeline.note(
      this.clock.nowMs,
      writer,
      `key ${entry.key} (${was.session}, revision ${before?.revision}) ${how}`,
    );
    if (writer !== entry.key) this.evictions += 1;
    if (this.host(entry.key).stands(was.session)) {
      this.violate('S2', `${was.session} is taken off the roster by ${writer} while it stands`);
    }
  }
}
