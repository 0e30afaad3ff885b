import type { Beat } from '../../src/domain/membership/beat.ts';
import type { MemberCommand, MemberOutput } from '../../src/domain/membership/command.ts';
import type { Via } from '../../src/domain/membership/hearing.ts';
import { Member } from '../../src/domain/membership/member.ts';
import type { ServerRecord } from '../../src/domain/server-record.ts';
import type { Capture } from './capture-ledger.ts';
import type { Feed, FeedChange } from './jetstream.ts';
import { Machine } from './machine.ts';
import type { Random } from './random.ts';
import { StreamsModel } from './streams-model.ts';
import type { World } from './world.ts';

const WARDEN_TURN_MS = 50;
/** Of killMs: half for noticing, by the process's own turn or by the warden's, and half for the deaths. */
const NOTICE_SHARE = 0.5;
const RESTART_MS = 1000;
const REST_MS = 500;
const OBITUARY_RETRY_MS = 500;

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
  readonly #captures = new Set<Capture>();
  readonly #dying = new Map<Capture, (() => void)[]>();
  #session: Session | undefined;
  #running = false;
  #sessions = 0;
  /** The warden's: until when the process said, on the machine's monotonic clock, that it stands. */
  #leaseUntilMs = Number.NEGATIVE_INFINITY;
  #leaving = false;

  constructor(name: string, world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.machine = new Machine(name, world.clock, random.branch());
    this.#warden();
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

  get captures(): ReadonlySet<Capture> {
    return this.#captures;
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
    this.#killAll(() => this.#obituary());
    if (!this.#leaving) this.machine.after(RESTART_MS, () => this.start(), 'warden');
  }

  /** The whole host goes, captures and warden included. */
  lose(): void {
    this.#note('the host is lost');
    this.#endProcess();
    this.machine.on = false;
    for (const capture of [...this.#captures]) this.#ended(capture);
  }

  /** It comes back with an empty process table. */
  boot(): void {
    if (this.machine.on) return;
    this.#note('the host boots');
    this.machine.on = true;
    this.#warden();
    this.start();
  }

  sleep(): void {
    this.#note('the machine falls asleep');
    for (const capture of this.#captures) this.#world.ledger.excuse(capture);
    this.machine.sleep();
  }

  leave(): void {
    if (!this.#running || this.#leaving || this.#session === undefined) return;
    this.#note('told to leave');
    this.#leaving = true;
    const { member, streams } = this.#session;
    this.#do(member.drain(this.machine.now(), true));
    streams.draining = true;
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
    const self = {
      server: name,
      session: `${name}#${this.#sessions}`,
      publicUrl: '',
      peerUrl: '',
      capacity: 1,
      host: name,
      dataDir: '',
      since: '',
    };
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
        begin: (stream, epoch) => this.#begin(stream, self.session, epoch),
        kill: (capture, ended) => this.#kill(capture, ended),
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
      this.#do(session.member.tick(now));
      const forMs = session.member.standingForMs(now);
      this.#leaseUntilMs = forMs > 0 ? now.monoMs + forMs : Number.NEGATIVE_INFINITY;
      if (this.#leaving && session.streams.idle && session.member.phase !== 'leaving') {
        this.#do(session.member.leave(now));
      }
    }
    this.machine.after(this.#world.options.times.beatMs / 2, () => this.#tick());
  }

  /** Kills everything once the lease has passed and the process has not: the process, then its captures. */
  #warden(): void {
    const { monoMs } = this.machine.now();
    const graceMs = this.#world.options.times.killMs * NOTICE_SHARE - WARDEN_TURN_MS;
    const lapsed = this.#leaseUntilMs > Number.NEGATIVE_INFINITY && monoMs >= this.#leaseUntilMs + graceMs;
    if (lapsed && this.#world.options.wardens) {
      this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
      if (this.#running) {
        this.#note('the warden kills: the lease has passed');
        this.crash();
      }
    }
    this.machine.after(WARDEN_TURN_MS, () => this.#warden(), 'warden');
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
    this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
    const { generation } = this.machine;
    this.#killAll(() => {
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
    this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
    this.machine.endProcess();
  }

  /** The warden takes the dead session off the roster, so that nobody has to wait for its silence. */
  #obituary(): void {
    const { servers } = this.#world;
    const session = `${this.name}#${this.#sessions}`;
    const again = () => this.machine.after(OBITUARY_RETRY_MS, () => this.#obituary(), 'warden');
    servers.read(this.name, this.name, (found) => {
      if (!this.machine.on || session !== `${this.name}#${this.#sessions}` || this.#session !== undefined) return;
      if (found === undefined) again();
      const record = found?.entry?.value;
      if (found?.entry === undefined || record?.session !== session || record.state === 'down') return;
      const down: ServerRecord = { ...record, state: 'down', why: 'its process died' };
      servers.update(this.name, this.name, down, found.entry.revision, ({ outcome }) => {
        if (outcome !== 'won') again();
      });
    });
  }

  #begin(stream: string, session: string, epoch: number): Capture {
    const capture = { stream, host: this.name, session, epoch, sinceMs: this.#world.clock.nowMs };
    this.#captures.add(capture);
    this.#note(`captures ${stream}, epoch ${epoch}`);
    this.#world.ledger.begin(capture);
    return capture;
  }

  #kill(capture: Capture, ended: () => void): void {
    const waiting = this.#dying.get(capture);
    if (waiting !== undefined) {
      waiting.push(ended);
      return;
    }
    if (!this.#captures.has(capture)) {
      ended();
      return;
    }
    this.#dying.set(capture, [ended]);
    const { killMs } = this.#world.options.times;
    this.machine.after(this.#random.between(0, killMs * (1 - NOTICE_SHARE)), () => this.#ended(capture), 'warden');
  }

  #killAll(ended: () => void): void {
    let left = this.#captures.size;
    if (left === 0) ended();
    for (const capture of [...this.#captures]) {
      this.#kill(capture, () => {
        left -= 1;
        if (left === 0) ended();
      });
    }
  }

  #ended(capture: Capture): void {
    if (!this.#captures.delete(capture)) return;
    this.#note(`${capture.stream} ended`);
    this.#world.ledger.end(capture);
    const waiting = this.#dying.get(capture) ?? [];
    this.#dying.delete(capture);
    for (const ended of waiting) ended();
  }

  #note(text: string): void {
    this.#world.timeline.note(this.#world.clock.nowMs, this.name, text);
  }
}
