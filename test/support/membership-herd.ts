import { Member } from '../../src/domain/membership/member.ts';
import type { MemberCommand, MemberOutput } from '../../src/domain/membership/member-output.ts';
import type { Self } from '../../src/domain/membership/own-key.ts';
import { Roster, type SeenServer } from '../../src/domain/membership/roster.ts';
import type { ServerRecord } from '../../src/domain/records/server-record.ts';
import { DEFAULT_TIMES, type Times } from '../../src/domain/times.ts';

export const TIMES: Times = DEFAULT_TIMES;

export function selfOf(server: string, extra: Partial<Self> = {}): Self {
  return {
    server,
    session: `${server}-1`,
    publicUrl: `http://${server}:8080`,
    peerUrl: `http://${server}:8080`,
    capacity: 1,
    host: `host-${server}`,
    dataDir: '/data',
    since: '2026-01-01T00:00:00Z',
    ...extra,
  };
}

export function recordOf(server: string, extra: Partial<ServerRecord> = {}): ServerRecord {
  return { ...selfOf(server), state: 'up', peers: [], why: 'takes part', renewal: 1, ...extra };
}

/** An instant of a machine whose clocks agree. */
export function at(ms: number): { readonly monoMs: number; readonly wallMs: number } {
  return { monoMs: ms, wallMs: 1_000_000 + ms };
}

/** The watch of the member's server brings a key. */
export function show(member: Member, nowMs: number, seen: Omit<SeenServer, 'change'>): readonly MemberOutput[] {
  const change = member.roster.take(seen.server, seen.revision, seen.record, nowMs);
  return member.serverSeen(at(nowMs), { ...seen, change });
}

/** The watch has brought all changes up to `revision`. */
export function fill(member: Member, nowMs: number, revision: number): readonly MemberOutput[] {
  member.roster.filled(revision, nowMs);
  return member.viewCurrent(at(nowMs));
}

type OfType<T extends MemberOutput['type']> = Extract<MemberOutput, { readonly type: T }>;

export function only<T extends MemberOutput['type']>(type: T, outputs: readonly MemberOutput[]): readonly OfType<T>[] {
  return outputs.filter((it): it is OfType<T> => it.type === type);
}

interface Slot {
  readonly member: Member;
  readonly outputs: MemberOutput[];
  cut: boolean;
  /** The bus carries no message to or from this member. */
  busCut: boolean;
}

/**
 * A few members, a bucket and a bus without delay, driven in steps of virtual time: the smallest herd that shows the rules
 * at work. Faults are switches. The real exploration is test/simulation.
 */
export class SmallHerd {
  readonly members = new Map<string, Slot>();
  readonly bucket = new Map<string, { revision: number; record: ServerRecord }>();
  readonly log: { readonly ms: number; readonly server: string; readonly output: MemberOutput }[] = [];
  readonly #times: Times;
  nowMs = 0;
  revision = 0;
  /** JetStream answers no write. */
  stalled = false;

  constructor(times: Times = TIMES) {
    this.#times = times;
  }

  add(server: string, extra: Partial<Self> = {}): Member {
    const member = new Member(selfOf(server, extra), this.#times, at(this.nowMs), { roster: new Roster() });
    this.members.set(member.self.session, { member, outputs: [], cut: false, busCut: false });
    for (const [key, { revision, record }] of this.bucket) {
      this.#take(member, show(member, this.nowMs, { server: key, revision, record }));
    }
    this.#take(member, fill(member, this.nowMs, this.revision));
    return member;
  }

  /** The member or its host dies: from now on it sends nothing and does nothing. */
  kill(session: string): void {
    this.members.delete(session);
  }

  slot(session: string): Slot {
    const slot = this.members.get(session);
    if (slot === undefined) throw new Error(`no member ${session}`);
    return slot;
  }

  run(forMs: number, stepMs = 50): void {
    const endMs = this.nowMs + forMs;
    while (this.nowMs < endMs) {
      this.nowMs += stepMs;
      for (const { member } of [...this.members.values()]) this.#take(member, member.tick(at(this.nowMs)));
    }
  }

  /** Steps until `found`, at most for `limitMs`; the time it took. */
  runUntil(found: () => boolean, limitMs = 30_000): number {
    const startMs = this.nowMs;
    while (!found()) {
      if (this.nowMs - startMs > limitMs) throw new Error(`not within ${limitMs} ms`);
      this.run(50);
    }
    return this.nowMs - startMs;
  }

  standing(session: string): number {
    return this.slot(session).member.standingForMs(at(this.nowMs));
  }

  take(session: string, outputs: readonly MemberOutput[]): void {
    this.#take(this.slot(session).member, outputs);
  }

  #take(member: Member, outputs: readonly MemberOutput[]): void {
    for (const output of outputs) {
      this.log.push({ ms: this.nowMs, server: member.self.server, output });
      this.#perform(member, output);
    }
  }

  #perform(member: Member, output: MemberOutput): void {
    const command = output as MemberCommand;
    if (command.type === 'sendBeat') this.#multicast(member, command);
    else if (command.type === 'write') {
      const answer = this.#compareAndSet(member, command.record, command.expected);
      this.#take(member, member.writeAnswered(at(this.nowMs), command.record.renewal, answer));
    } else if (command.type === 'evict') {
      const answer = this.#compareAndSet(member, command.record, command.expected);
      this.#take(member, member.evictionAnswered(at(this.nowMs), command.record, answer));
    } else if (command.type === 'readOwn') {
      const entry = this.#reaches(member) ? this.bucket.get(member.self.server) : undefined;
      this.#take(member, member.ownRead(at(this.nowMs), entry));
    }
  }

  #reaches(member: Member): boolean {
    const slot = this.members.get(member.self.session);
    return slot !== undefined && !slot.cut && !slot.busCut && !this.stalled;
  }

  #multicast(member: Member, { beat, direct }: Extract<MemberCommand, { type: 'sendBeat' }>): void {
    const sender = this.members.get(member.self.session);
    if (sender === undefined || sender.cut) return;
    for (const slot of [...this.members.values()]) {
      if (slot.cut) continue;
      const straight = direct.some(({ session }) => session === slot.member.self.session);
      if (!sender.busCut && !slot.busCut) this.#take(slot.member, slot.member.beatHeard(at(this.nowMs), beat, 'bus'));
      else if (straight) this.#take(slot.member, slot.member.beatHeard(at(this.nowMs), beat, 'direct'));
    }
  }

  #compareAndSet(member: Member, record: ServerRecord, expected: number) {
    if (!this.#reaches(member)) return { outcome: 'unknown', why: 'the bus is stalled' } as const;
    if ((this.bucket.get(record.server)?.revision ?? 0) !== expected) return { outcome: 'lost' } as const;
    this.revision += 1;
    const revision = this.revision;
    this.bucket.set(record.server, { revision, record });
    for (const slot of [...this.members.values()]) {
      if (slot.cut || slot.busCut) continue;
      this.#take(slot.member, show(slot.member, this.nowMs, { server: record.server, revision, record }));
    }
    return { outcome: 'won', revision } as const;
  }
}

/** A settled herd: every session stands, and each records all others. */
export function herdOf(...servers: readonly string[]): SmallHerd {
  const herd = new SmallHerd();
  for (const server of servers) herd.add(server);
  herd.run(4000);
  return herd;
}

export function fencedServers(herd: SmallHerd): readonly string[] {
  return herd.log.filter(({ output }) => output.type === 'standing.lost').map(({ server }) => server);
}
