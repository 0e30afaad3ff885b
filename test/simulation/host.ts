import type { Beat } from '../../src/domain/membership/beat.ts';
import type { MemberCommand, MemberOutput } from '../../src/domain/membership/command.ts';
import type { Via } from '../../src/domain/membership/hearing.ts';
import { Member } from '../../src/domain/membership/member.ts';
import type { ServerRecord } from '../../src/domain/server-record.ts';
import { HostCaptures } from './host-captures.ts';
import type { Feed, FeedChange } from './jetstream.ts';
import { Machine } from './machine.ts';
import type { Random } from './random.ts';
import { StreamsModel } from './streams-model.ts';
import { WardenModel } from './warden-model.ts';
import type { World } from './world.ts';

/** Of killMs: half for noticing, by the process's own turn or by the warden's, and half for the deaths. */
const NOTICE_SHARE = 0.5;
const DESCRIPTION = { publicUrl: '', peerUrl: '', capacity: 1, dataDir: '', since: '' };
const RESTART_MS = 1000;
const REST_MS = 500;

interface Session {
  readonly member: Member;
  readonly streams: StreamsModel;
  readonly feed: Feed<ServerRecord>;
  over: boolean;
}

/** One configured server on its machine: the process with its session, the captures, and the warden beside them. */
export class Host {
  readonly machine: Machine;
  readonly #world: World;
  readonly #random: Random;
  readonly captures: HostCaptures;
  readonly #warden: WardenModel;
  #session: Session | undefined;
  #running = false;
  #sessions = 0;
  #leaving = false;

  constructor(name: string, world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.machine = new Machine(name, world.clock, random.branch());
    const { killMs } = world.options.times;
    const parts = { ledger: world.ledger, random: random.branch(), note: (text: string) => this.#note(text) };
    this.captures = new HostCaptures(this.machine, parts, killMs * (1 - NOTICE_SHARE));
    this.#warden = new WardenModel(this.machine, killMs * NOTICE_SHARE, () => this.#leaseLapsed());
    this.#warden.start();
  }

  get name(): string {
    return this.machine.name;
  }

  get running(): boolean {
    return this.#running;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Its session, dead process or not, believes that it may capture: what S2 is judged on. */
  stands(session: string): boolean {
    const held = this.#session;
    if (!this.#running || !this.machine.on || held === undefined || held.over) return false;
    return held.member.self.session === session && held.member.standingForMs(this.machine.now()) > 0;
  }

  start(): void {
    if (this.#running || !this.machine.on) return;
    this.#running = true;
    this.#leaving = false;
    this.machine.endProcess();
    this.#openSession();
    this.#tick();
  }

  /** kill -9 of the process. The warden does the rest. */
  crash(): void {
    if (!this.#running) return;
    this.#note('the process crashed');
    this.#endProcess();
    const session = `${this.name}#${this.#sessions}`;
    this.captures.killAll(() => {
      const settled = () => this.#session !== undefined || session !== `${this.name}#${this.#sessions}`;
      this.#warden.obituary(this.#world.servers, session, settled);
    });
    if (!this.#leaving) this.machine.after(RESTART_MS, () => this.start(), 'warden');
  }

  /** The whole host goes, captures and warden included. */
  lose(): void {
    this.#note('the host is lost');
    this.#endProcess();
    this.machine.on = false;
    this.captures.vanish();
  }

  /** It comes back with an empty process table. */
  boot(): void {
    if (this.machine.on) return;
    this.#note('the host boots');
    this.machine.on = true;
    this.#warden.start();
    this.start();
  }

  sleep(): void {
    this.#note('the machine falls asleep');
    this.captures.excuse();
    this.machine.sleep();
  }

  leave(): void {
    if (!this.#running || !this.machine.on) return;
    this.machine.message(() => {
      if (this.#leaving || this.#session === undefined) return;
      this.#note('told to leave');
      this.#leaving = true;
      const { member, streams } = this.#session;
      this.#do(member.drain(this.machine.now(), true));
      streams.draining = true;
    });
  }

  hear(beat: Beat, via: Via): void {
    if (!this.#running || !this.machine.on) return;
    this.machine.passingMessage(() => {
      const session = this.#session;
      if (session !== undefined) this.#do(session.member.beatHeard(this.machine.now(), beat, via));
    });
  }

  #openSession(): void {
    this.#sessions += 1;
    const { name } = this;
    const self = { ...DESCRIPTION, server: name, session: `${name}#${this.#sessions}`, host: name };
    const member = new Member(self, this.#world.options.times, this.machine.now());
    this.#world.options.sabotage?.member?.(member);
    const feed = this.#world.servers.watch(name, (change) => this.machine.message(() => this.#changed(member, change)));
    const streams = new StreamsModel(
      {
        server: name,
        session: self.session,
        standingForMs: () => member.standingForMs(this.machine.now()),
        rosterRevision: () => member.rosterRevision,
        hasEnded: (session, revision) => member.roster.hasEnded(session, revision),
        candidates: () =>
          [...member.roster.entries].filter(({ record }) => record.state === 'up').map(({ server }) => server),
        begin: (stream, epoch) => {
          const sinceMs = this.#world.clock.nowMs;
          return this.captures.begin({ stream, host: name, session: self.session, epoch, sinceMs });
        },
        kill: (capture, ended) => this.captures.kill(capture, ended),
        note: (text) => this.#note(text),
      },
      { machine: this.machine, owners: this.#world.owners, random: this.#random.branch() },
      this.#world.options.streams,
    );
    this.#session = { member, streams, feed, over: false };
  }

  #tick(): void {
    const session = this.#session;
    if (session !== undefined) {
      const now = this.machine.now();
      // Told before the turn, as if the process always were stopped between doing something and telling its warden.
      this.#warden.hear(session.member.standingForMs(now));
      this.#do(session.member.tick(now));
      if (this.#leaving && session.streams.idle && session.member.phase !== 'leaving') {
        this.#do(session.member.leave(now));
      }
    }
    this.machine.after(this.#world.options.times.beatMs / 2, () => this.#tick());
  }

  #leaseLapsed(): void {
    if (!this.#world.options.wardens || !this.#running) return;
    this.#note('the warden kills: the lease has passed');
    this.crash();
  }

  #changed(member: Member, change: FeedChange<ServerRecord>): void {
    if (this.#session?.member !== member) return;
    const now = this.machine.now();
    if (change.type === 'current') this.#do(member.viewCurrent(now, change.revision));
    else if (change.type === 'stale') this.#do(member.viewStale(now));
    else {
      const { key, revision, value } = change.entry;
      this.#do(member.serverRecordSeen(now, key, revision, value));
    }
  }

  #do(outputs: readonly MemberOutput[]): void {
    const session = this.#session;
    if (session === undefined) return;
    for (const output of outputs) {
      switch (output.type) {
        case 'sendBeat':
        case 'write':
        case 'readOwn':
        case 'evict':
        case 'reconcile':
          this.#perform(session, output);
          break;
        case 'standing.lost':
          this.#note(`${session.member.self.session} is fenced: ${output.why}`);
          this.#afresh(session);
          break;
        case 'session.left':
          this.#note(`${session.member.self.session} left: ${output.why}`);
          this.#endProcess();
          break;
        case 'join.refused':
          this.#note(`refused: ${output.why}`);
          this.#world.refused(this.name, output.why);
          this.#endProcess();
          break;
        case 'roster.changed':
          break;
        default:
          this.#note(
            `${session.member.self.session} ${output.type}${'server' in output ? ` ${output.server}` : ''}: ${output.why}`,
          );
      }
    }
  }

  #perform(session: Session, command: MemberCommand): void {
    const { member } = session;
    const { servers } = this.#world;
    const answered = (input: () => readonly MemberOutput[]) =>
      this.machine.message(() => {
        if (this.#session === session) this.#do(input());
      });
    if (command.type === 'sendBeat') {
      this.#world.send(this, command.beat, command.direct);
    } else if (command.type === 'write') {
      const { expected } = command;
      const record = this.#world.options.sabotage?.record?.(command.record, this.#world) ?? command.record;
      servers.update(this.name, this.name, record, expected, (answer) =>
        answered(() => member.writeAnswered(this.machine.now(), record.renewal, answer)),
      );
    } else if (command.type === 'evict') {
      const { record, expected } = command;
      servers.update(this.name, command.server, record, expected, (answer) =>
        answered(() => member.evictionAnswered(this.machine.now(), record, answer)),
      );
    } else if (command.type === 'readOwn') {
      servers.read(this.name, this.name, (found) =>
        answered(() =>
          member.ownRead(
            this.machine.now(),
            found && { revision: found.entry?.revision ?? 0, record: found.entry?.value },
          ),
        ),
      );
    } else if (command.bucket === 'servers') {
      session.feed.reconcile();
    } else {
      session.streams.reconcile();
    }
  }

  /** Fenced: the captures die, and only then the next session begins. */
  #afresh(session: Session): void {
    this.#closeSession(session);
    this.#warden.forget();
    const { generation } = this.machine;
    this.captures.killAll(() => {
      if (generation !== this.machine.generation) return;
      if (this.#leaving) this.#endProcess();
      else this.machine.after(REST_MS, () => this.#openSession());
    });
  }

  #closeSession(session: Session): void {
    session.over = true;
    session.feed.close();
    session.streams.close();
    if (this.#session === session) this.#session = undefined;
  }

  #endProcess(): void {
    if (this.#session !== undefined) this.#closeSession(this.#session);
    this.#running = false;
    this.#warden.forget();
    this.machine.endProcess();
  }

  #note(text: string): void {
    this.#world.timeline.note(this.#world.clock.nowMs, this.name, text);
  }
}
