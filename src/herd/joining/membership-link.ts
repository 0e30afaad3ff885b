import { type ActorRefFrom, createActor } from 'xstate';
import type { sessionActor } from '../../actors/session.ts';
import type { SessionView } from '../../actors/session-ports.ts';
import type { Log } from '../../domain/log.ts';
import type { StandingRule } from '../../domain/membership/standing.ts';
import type { Times } from '../../domain/times.ts';
import { type Clock, PROCESS_CLOCK } from '../../host/clock.ts';
import { type MembershipEmitted, membershipMachine } from '../../machines/membership.ts';
import type { Herd } from '../herd.ts';

interface Deps {
  readonly herd: Herd;
  readonly session: ReturnType<typeof sessionActor>;
  /** Of the present session. */
  view(): Pick<SessionView, 'rosterRevision'> | undefined;
  readonly times: Times;
  readonly log: Log;
  /** Whether this server may capture, or whether it does, has changed. Called before anything follows from standing. */
  onChange(): void;
  /** Captures of a leaving server do not end, though they were killed. */
  onStuck(why: string): void;
  /** It was drained when it last ran, and still is. */
  readonly draining?: boolean;
  /** See `MembershipInput`. */
  readonly restMs?: number;
  readonly clock?: Clock;
}

/** How long a leaving server may take to hand its streams back one by one before they are killed. */
const LEAVE_WITHIN_MS = 20_000;
/** A hand-back takes at most the 1.5 s of ffmpeg. When no hand-back has ended for so long, as with a disk that hangs, the others are not waited for. */
const HAND_BACK_WITHIN_MS = 4000;
const LOOK_AT_HAND_BACKS_MS = 500;
/** A capture that SIGKILL does not end waits in the kernel, for a disk. */
const KILLED_WITHIN_MS = 1500;
/** Nothing can be handed back without the bus; it is given the chance to come back. */
const LEAVE_WITHOUT_BUS_MS = 3000;
/** Servers that start together see each other before the first takes everything. */
const SETTLE_BEATS = 2;

/** Connects the sessions of this server with its herd: the herd captures while a session stands, and the next session begins when the captures have ended. */
export class MembershipLink implements Disposable {
  /** Settles when the server has left, or may not join. */
  readonly ended: Promise<{ readonly ended: 'left' | 'refused'; readonly why: string }>;
  readonly #deps: Deps;
  readonly #actor: ActorRefFrom<typeof membershipMachine>;
  readonly #clock: Clock;
  #opening: unknown;
  #leaving: unknown;
  #leavingSinceMs: number | undefined;
  #leaveOrdered: () => void = () => {};
  readonly #left = new Promise<void>((resolve) => {
    this.#leaveOrdered = resolve;
  });
  #hasBegun = false;
  #stands = false;
  #isDrainedSinceBefore: boolean;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? PROCESS_CLOCK;
    const { session, restMs, draining = false } = deps;
    this.#isDrainedSinceBefore = draining;
    const machine = membershipMachine.provide({ actors: { session } });
    this.#actor = createActor(machine, {
      input: { draining, ...(restMs !== undefined && { restMs }) },
      clock: this.#clock,
    });
    this.ended = new Promise((resolve, reject) => {
      this.#actor.subscribe({
        next: ({ status, output }) => {
          if (status === 'done' && output !== undefined) resolve(output);
        },
        error: reject,
      });
    });
    this.#actor.on('*', (fact) => this.#told(fact));
  }

  get stands(): boolean {
    return this.#stands;
  }

  start(): void {
    this.#hasBegun = true;
    this.#actor.start();
  }

  drain(draining: boolean): void {
    const { herd } = this.#deps;
    this.#isDrainedSinceBefore = false;
    this.#actor.send({ type: draining ? 'drain.ordered' : 'drain.revoked' });
    if (draining) herd.tell({ kind: 'server-draining', why: 'an operator drains it: its streams are handed back' });
    else herd.tell({ kind: 'server-undrained', why: 'an operator lets it take streams again' });
  }

  /** Ends the session and its captures at once; then the server joins again. Before the first session there is nothing to end. */
  fence(why: string): void {
    if (this.#hasBegun) this.#actor.send({ type: 'standing.lost', why });
  }

  /** Hands every stream back one by one, then leaves. At a second call, or after some time, the captures are killed. */
  leave(): void {
    const { herd } = this.#deps;
    this.#actor.send({ type: 'leave.ordered' });
    if (this.#leavingSinceMs !== undefined) {
      this.#killNow();
      return;
    }
    this.#leavingSinceMs = this.#clock.now();
    this.#awaitHandBack(herd.captures.busy.size, this.#leavingSinceMs);
    this.#leaveOrdered();
    herd.claimNoMore();
    void herd.captures.rested().then(() => this.#actor.send({ type: 'captures.ended' }));
  }

  /** Orders the captures killed once the next hand-back takes too long, or all of them do: `left` of them are left, since `sinceMs`. */
  #awaitHandBack(left: number, sinceMs: number): void {
    const { captures, staleness } = this.#deps.herd;
    this.#leaving = this.#clock.setTimeout(() => {
      const nowMs = this.#clock.now();
      const { size } = captures.busy;
      const lastMs = size < left ? nowMs : sinceMs;
      const withinMs = staleness.now === undefined ? HAND_BACK_WITHIN_MS : LEAVE_WITHOUT_BUS_MS;
      if (nowMs - lastMs < withinMs && nowMs - (this.#leavingSinceMs ?? nowMs) < LEAVE_WITHIN_MS) {
        this.#awaitHandBack(size, lastMs);
        return;
      }
      this.#actor.send({ type: 'leave.ordered', why: 'it leaves, and its streams are not handed back in time' });
      this.#killNow();
    }, LOOK_AT_HAND_BACKS_MS);
  }

  #killNow(): void {
    this.#clock.clearTimeout(this.#leaving);
    this.#leaving = this.#clock.setTimeout(() => {
      const { size } = this.#deps.herd.captures.busy;
      if (size > 0) this.#deps.onStuck(`${size} captures do not end by SIGKILL: does the disk hang?`);
    }, KILLED_WITHIN_MS);
  }

  [Symbol.dispose](): void {
    this.#clock.clearTimeout(this.#opening);
    this.#clock.clearTimeout(this.#leaving);
    this.#actor.stop();
  }

  #told(fact: MembershipEmitted): void {
    const { herd, log, times } = this.#deps;
    switch (fact.type) {
      case 'standing.gained':
        this.#stands = true;
        this.#deps.onChange();
        herd.standingGained(fact.session, this.#deps.view()?.rosterRevision ?? 0);
        herd.tell({ kind: 'server-joined', why: fact.why });
        this.#tellStillDrained();
        this.#busVouches(fact);
        this.#opening = this.#clock.setTimeout(
          () => herd.recovery.whenSafe(() => herd.rounds.open()),
          SETTLE_BEATS * times.beatMs,
        );
        break;
      case 'standing.lost':
        if (fact.amnesia) herd.recovery.sessionFencedByLoss();
        this.#lost(fact.why);
        herd.tell({ kind: 'server-fenced', why: fact.why });
        void this.#nextMayBegin().then(() => this.#actor.send({ type: 'captures.ended' }));
        break;
      case 'standing.changed':
        this.#busVouches(fact);
        log.info(`${fact.type}: ${fact.why}`);
        break;
      case 'captures.unwanted':
        this.#lost(fact.why);
        break;
      case 'session.evicted':
        herd.tell({ kind: 'server-evicted', subject: fact.server, why: fact.why });
        break;
      case 'session.left':
        this.#stands = false;
        this.#deps.onChange();
        herd.tell({ kind: 'server-left', why: fact.why });
        break;
      case 'roster.changed':
      case 'session.opened':
        break;
      default:
        log.info(`${fact.type}: ${fact.why}`);
    }
  }

  /** Told once in a process: later drains are told when they are ordered. */
  #tellStillDrained(): void {
    if (!this.#isDrainedSinceBefore) return;
    this.#isDrainedSinceBefore = false;
    const why = 'it was drained before it was started again: it takes no streams until it is undrained';
    this.#deps.herd.tell({ kind: 'server-draining', why });
  }

  #busVouches({ rule, why }: { readonly rule: StandingRule; readonly why: string }): void {
    const { staleness } = this.#deps.herd;
    if (rule === 'a') staleness.end('bus');
    else staleness.begin('bus', why);
  }

  /** Resolves when the captures are dead and the views are new. A server that leaves does not wait for the views: the bus may be away. */
  async #nextMayBegin(): Promise<void> {
    const { captures, recovery } = this.#deps.herd;
    await captures.rested();
    // Nothing is captured, so nothing is under a lease, however long the bus stays away.
    this.#deps.onChange();
    await Promise.race([recovery.ready(), this.#left]);
  }

  #lost(why: string): void {
    this.#stands = false;
    this.#clock.clearTimeout(this.#opening);
    this.#deps.herd.standingLost(why);
    this.#deps.herd.staleness.end('bus');
  }
}
