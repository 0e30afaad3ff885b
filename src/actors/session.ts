import { match } from 'ts-pattern';
import { type CallbackActorLogic, fromCallback } from 'xstate';
import { decodeBeat, encodeBeat } from '../domain/beats/beat.ts';
import type { Via } from '../domain/beats/hearing.ts';
import { Member } from '../domain/membership/member.ts';
import type { MemberCommand, MemberOutput } from '../domain/membership/member-output.ts';
import type { OwnKeyEntry, Self } from '../domain/membership/own-key.ts';
import type { Instant } from '../domain/membership/owner-clock.ts';
import { parseServerRecord, type ServerRecord, serverRecordText } from '../domain/records/server-record.ts';
import type { Times } from '../domain/times.ts';
import type { MembershipFact, SessionCommand, SessionInput } from '../machines/membership.ts';
import type { WriteOutcome } from '../nats/buckets/store.ts';
import type { SessionPorts, SessionView } from './session-ports.ts';

/** Turns of the member between two beats. The warden hears as often for how long the session stands. */
const TURNS_PER_BEAT = 4;

/**
 * Drives one session's `Member` with the store, the beats and the time, until it is fenced, refused or gone. All decisions
 * are the member's; this file only carries them out. Facts go to `tell`, each after the commands that came with it.
 */
export class DrivenSession implements SessionView {
  readonly session: string;
  readonly #ports: SessionPorts;
  readonly #member: Member;
  readonly #tell: (fact: MembershipFact) => void;
  readonly #releases: (() => void)[] = [];
  /** As new as the bucket was when the session began, or newer. */
  #isRosterNew = false;
  #closed = false;

  constructor(
    self: Omit<Self, 'session' | 'since'>,
    times: Times,
    ports: SessionPorts,
    { draining, tell }: SessionInput & { readonly tell: (fact: MembershipFact) => void },
  ) {
    this.session = ports.newSession();
    this.#ports = ports;
    this.#tell = tell;
    const own = { ...self, session: this.session, since: ports.date() };
    this.#member = new Member(own, times, ports.now(), { roster: ports.roster.roster, draining });
    ports.onMember?.(this.#member);
    this.#releases.push(
      ports.roster.follow({
        seen: (server) => this.#turn((now) => this.#member.serverSeen(now, server)),
        current: () => this.#viewCurrent(),
        lost: (why) => this.#turn((now) => this.#member.viewLost(now, why)),
      }),
      ports.beats.listen((text) => this.#heard(text, 'bus')),
      ...(ports.direct === undefined ? [] : [ports.direct.listen(this.session, (text) => this.#heard(text, 'direct'))]),
      ports.every(times.beatMs / TURNS_PER_BEAT, () => this.#turn((now) => this.#member.tick(now))),
    );
  }

  standingForMs(): number {
    return this.#closed ? 0 : this.#member.standingForMs(this.#ports.now());
  }

  get rosterRevision(): number {
    return this.#member.rosterRevision;
  }

  /**
   * Joins as soon as the roster is as new as the bucket is now. A watch may be deaf and not know it yet, and a session that joins has
   * no standing by which it would learn that from the beats of others.
   */
  async begin(): Promise<void> {
    await this.#ports.roster.reconcile();
    this.#isRosterNew = true;
    this.#viewCurrent();
  }

  drain(draining: boolean): void {
    this.#turn((now) => this.#member.drain(now, draining));
  }

  /** Its captures have ended: its key says down, and the server is off the roster. */
  leaveRoster(): void {
    this.#turn((now) => this.#member.leaveRoster(now));
  }

  close(): void {
    this.#closed = true;
    for (const release of this.#releases) release();
  }

  #viewCurrent(): void {
    if (this.#isRosterNew && this.#member.roster.current) this.#turn((now) => this.#member.viewCurrent(now));
  }

  #heard(text: string, via: Via): void {
    const reading = decodeBeat(text);
    if ('problem' in reading) {
      // Any client of the bus can publish rubbish on the subject; it counts as silence.
      this.#ports.beatNotUnderstood?.(reading.server, reading.problem);
      return;
    }
    const { server, session } = reading.beat;
    if (session !== this.session && this.#member.roster.isLive(session)) this.#ports.tally?.beatHeard(server, via);
    this.#turn((now) => this.#member.beatHeard(now, reading.beat, via));
  }

  #turn(input: (now: Instant) => readonly MemberOutput[]): void {
    if (this.#closed) return;
    try {
      this.#member.revisionsSeen(this.#ports.revisions());
      this.#member.faultSeen(this.#ports.fault?.() ?? {});
      this.#member.busSeen(this.#ports.beats.connected ?? true);
      for (const output of input(this.#ports.now())) this.#do(output);
    } catch (error) {
      this.#fail(error);
    }
  }

  #do(output: MemberOutput): void {
    switch (output.type) {
      case 'sendBeat':
      case 'write':
      case 'readOwn':
      case 'evict':
      case 'reconcile':
        this.#perform(output);
        break;
      default:
        this.#tell(output);
    }
  }

  #perform(command: MemberCommand): void {
    match(command)
      .with({ type: 'sendBeat' }, ({ beat, direct }) => {
        const text = encodeBeat(beat);
        this.#ports.beats.send(text);
        this.#ports.tally?.beatSent();
        this.#ports.direct?.say(this.session, text);
        for (const target of direct) {
          this.#ports.direct?.send(target, text, () =>
            this.#turn((now) => this.#member.directTaken(now, target.session)),
          );
        }
      })
      .with({ type: 'write' }, ({ record, expected }) => {
        this.#answer(this.#put(record, expected), (now, outcome) =>
          this.#member.writeAnswered(now, record.renewal, outcome),
        );
      })
      .with({ type: 'evict' }, ({ record, expected }) => {
        this.#answer(this.#put(record, expected), (now, outcome) =>
          this.#member.evictionAnswered(now, record, outcome),
        );
      })
      .with({ type: 'readOwn' }, () => {
        this.#answer(this.#readOwn(), (now, entry) => this.#member.ownRead(now, entry));
      })
      .with({ type: 'reconcile' }, ({ bucket, revision }) => this.#ports.lagging(bucket, revision))
      .exhaustive();
  }

  async #put(record: ServerRecord, expected: number): Promise<WriteOutcome> {
    try {
      const downSince = record.state === 'down' ? { downSince: this.#ports.date() } : {};
      const text = serverRecordText({ ...record, ...downSince });
      return await this.#ports.servers.update(record.server, text, expected);
    } catch (error) {
      return { outcome: 'unknown', why: String(error) };
    }
  }

  async #readOwn(): Promise<OwnKeyEntry | undefined> {
    const { server } = this.#member.self;
    try {
      const entry = await this.#ports.servers.read(server);
      if (entry === undefined) return { revision: 0, record: undefined };
      return {
        revision: entry.revision,
        record: entry.text === null ? undefined : parseServerRecord(server, entry.text),
      };
    } catch {
      // There was no answer: the next unknown write asks again.
      return undefined;
    }
  }

  #answer<T>(pending: Promise<T>, input: (now: Instant, answer: T) => readonly MemberOutput[]): void {
    // What is pending never rejects: a failed write is an unknown one.
    void pending.then((answer) => this.#turn((now) => input(now, answer)));
  }

  /** A broken invariant: nothing that this session says can be trusted any more. */
  #fail(error: unknown): void {
    if (this.#closed) return;
    const why = error instanceof Error ? error.message : String(error);
    this.#tell({ type: 'standing.lost', why: `its session failed: ${why}` });
  }
}

/**
 * One session as the actor that the membership machine invokes. `opened` hands its view to the composition root before
 * anything is told.
 */
export function sessionActor(
  self: Omit<Self, 'session' | 'since'>,
  times: Times,
  ports: SessionPorts,
  opened: (view: SessionView) => void,
): CallbackActorLogic<SessionCommand, SessionInput> {
  return fromCallback<SessionCommand, SessionInput>(({ input, receive, sendBack }) => {
    const session = new DrivenSession(self, times, ports, { ...input, tell: sendBack });
    opened(session);
    sendBack({ type: 'session.opened', session: session.session });
    void session.begin();
    receive((command) =>
      match(command)
        .with({ type: 'session.drain' }, ({ draining }) => session.drain(draining))
        .with({ type: 'session.leave' }, () => session.leaveRoster())
        .exhaustive(),
    );
    return () => session.close();
  });
}
