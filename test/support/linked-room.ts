import { fromCallback } from 'xstate';
import type { MemberFact } from '../../src/domain/membership/member-output.ts';
import type { StandingRule } from '../../src/domain/membership/standing.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { MembershipLink } from '../../src/herd/joining/membership-link.ts';
import type { MembershipFact, SessionCommand, SessionInput } from '../../src/machines/membership.ts';
import { eventually } from './eventually.ts';
import { HerdRoom, type RoomWorld } from './herd-room.ts';

/** One session of a server's membership, as the test plays it. */
export interface PlayedSession {
  readonly id: string;
  /** It began drained. */
  readonly draining: boolean;
  /** Streams whose ffmpeg was alive when it began. */
  readonly beganBeside: readonly string[];
  readonly told: SessionCommand[];
  tell(fact: MemberFact): void;
}

const BEAT_MS = 5;
/** As by default: on a busy machine an heir may take longer than a test would like to wait. */
const HEIR_GRACE_MS = 1000;

/** A `HerdRoom` with the sessions of its server. The test says what the member would find out. */
export class LinkedRoom implements AsyncDisposable {
  readonly room: HerdRoom;
  readonly link: MembershipLink;
  readonly sessions: PlayedSession[] = [];
  /** What the link told the warden's side, in order: whether the server stands, and how many streams it is busy with. */
  readonly changes: string[] = [];
  readonly #world: RoomWorld;

  constructor(world: RoomWorld, server: string, { draining = false } = {}) {
    this.#world = world;
    this.room = new HerdRoom(world, server, { beatMs: BEAT_MS, heirGraceMs: HEIR_GRACE_MS });
    this.link = new MembershipLink({
      herd: this.room.herd,
      session: this.#sessionActor(),
      view: () => ({ rosterRevision: 1 }),
      times: { ...DEFAULT_TIMES, beatMs: BEAT_MS },
      log: this.room.log,
      onStuck: () => undefined,
      onChange: () => {
        this.changes.push(`${this.link.stands ? 'stands' : 'fenced'}, busy: ${this.room.herd.captures.busy.size}`);
      },
      draining,
      restMs: 0,
    });
  }

  /** The present session, once there are `count` of them. */
  async session(count = 1): Promise<PlayedSession> {
    return eventually(`session ${count} of ${this.room.server}`, () => this.sessions[count - 1]);
  }

  /** The present session gains standing, as session `count`. */
  async stand(count = 1, rule: StandingRule = 'a'): Promise<PlayedSession> {
    if (count === 1) {
      await this.room.herd.filled();
      this.link.start();
    }
    const session = await this.session(count);
    await this.#world.server(this.room.server, session.id);
    await eventually(`${session.id} is on the roster`, () => this.room.herd.servers.isLive(session.id));
    session.tell({ type: 'standing.gained', session: session.id, rule, why: 'a test says so' });
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.link[Symbol.dispose]();
    await this.room[Symbol.asyncDispose]();
  }

  #sessionActor() {
    const { captures } = this.#world;
    const { server } = this.room;
    return fromCallback<SessionCommand, SessionInput>(({ input, receive, sendBack }) => {
      const told: SessionCommand[] = [];
      const id = `${server}-${this.sessions.length + 1}`;
      const beganBeside = [...captures].filter(([, by]) => by === server).map(([stream]) => stream);
      const tell = (fact: MembershipFact) => sendBack(fact);
      this.sessions.push({ id, draining: input.draining, beganBeside, told, tell });
      receive((command) => told.push(command));
      tell({ type: 'session.opened', session: id });
    });
  }
}
