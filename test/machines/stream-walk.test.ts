import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type AskedWrite, startStream } from '../support/stream-life.ts';
import { DEFINITION, MINE, SERVER, THEIRS } from '../support/stream-world.ts';
import { suite } from '../support/suite.ts';

const test = suite('machines/stream-walk');

const EXITED = { type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } } as const;

/** A stream machine among others: they write its key, its writes are lost or late, its views are old, its ffmpeg dies. */
class Walk {
  readonly #late: AskedWrite[] = [];
  readonly #settled = new Set<AskedWrite>();
  /** Sessions in whose name this server's claims were won, by epoch. */
  readonly #sessions = new Map<number, string>();
  #session = 0;
  readonly life = startStream({}, (write) => this.#landing(write));

  readonly steps: Readonly<Record<string, () => void>> = {
    see: () => this.life.see(),
    /** A new session takes the old one's place on the roster. */
    stand: () => {
      this.life.live.delete(`session-${this.#session}`);
      this.life.stand(`session-${++this.#session}`);
    },
    fence: () => {
      const { actor, ffmpeg, live } = this.life;
      live.delete(`session-${this.#session}`);
      actor.send({ type: 'standing.lost', why: 'fenced' });
      assert.ok(
        ffmpeg.alive().every((run) => run.told.includes('ffmpeg.kill')),
        'I4: fenced, so killed in the same step',
      );
    },
    define: () => this.life.actor.send({ type: 'definition.changed', definition: DEFINITION }),
    redefine: () => {
      const inputs = ['rtsp://camera/2', 'rtsp://camera/3'];
      this.life.actor.send({ type: 'definition.changed', definition: { ...DEFINITION, inputs } });
    },
    disable: () => this.life.actor.send({ type: 'definition.changed', definition: { ...DEFINITION, disabled: true } }),
    undefine: () => this.life.actor.send({ type: 'definition.changed', definition: null }),
    mine: () => this.life.actor.send({ type: 'assignment.changed', assignment: MINE }),
    theirs: () => this.life.actor.send({ type: 'assignment.changed', assignment: THEIRS }),
    move: () => this.life.actor.send({ type: 'move.requested', to: 's03', why: 'an operator wants it' }),
    settle: () => this.#answer((write) => write.settle()),
    timeOut: () =>
      this.#answer((write) => {
        this.#late.push(write);
        write.timeOut();
      }),
    landAndTimeOut: () =>
      this.#answer((write) => {
        write.land();
        write.timeOut();
      }),
    landLate: () => void this.#late.shift()?.land(),
    /** Another server claims as the rules let it: only what is vacant or whose session is gone. */
    otherClaims: () => {
      const { key, live } = this.life;
      const { record } = key;
      if (record !== null && record.server !== null && live.has(record.session)) return;
      live.add('session-of-s02');
      key.write(key.revision, { server: 's02', session: 'session-of-s02', rosterRevision: 1, since: '', why: '' });
    },
    otherVacates: () => {
      const { key } = this.life;
      if (key.record?.server === 's02') {
        key.write(key.revision, { server: null, session: null, since: '', why: '', heir: SERVER });
      }
    },
    started: () => this.#latest()?.report({ type: 'ffmpeg.started', pid: 1 }),
    progressed: () => this.#latest()?.report({ type: 'ffmpeg.progressed', outTimeMs: 1 }),
    exited: () => this.#latest()?.report(EXITED),
    wait: () => this.life.clock.advance(900),
    waitLong: () => this.life.clock.advance(20_000),
  };

  step(name: string): void {
    this.steps[name]?.();
    this.check();
  }

  check(): void {
    const { actor, ffmpeg, key } = this.life;
    const snapshot = actor.getSnapshot();
    assert.is(snapshot.status, 'active');
    assert.ok(ffmpeg.alive().length <= 1, 'I3: never two ffmpegs');
    for (const run of ffmpeg.alive()) {
      assert.ok(snapshot.matches('capturing'), 'I3');
      if (run.told.length > 0) continue;
      assert.is(run.input.epoch, snapshot.context.epoch, 'I1: an epoch');
      assert.ok(snapshot.context.session !== null, 'I1: standing');
      assert.is(this.#sessions.get(run.input.epoch), snapshot.context.session, 'I1: an epoch that this session won');
      assert.ok(run.input.epoch <= key.revision);
    }
  }

  /** With the faults over, whatever the state, the stream is captured soon. */
  heal(): boolean {
    this.step('stand');
    this.step('define');
    // With no other server to hand it to.
    this.life.actor.send({ type: 'assignment.changed', assignment: { ...MINE, others: [] } });
    for (let round = 0; round < 20 && !this.#captures(); round++) {
      for (const name of ['otherVacates', 'see', 'exitDying', 'settle', 'landLate', 'wait']) {
        if (name !== 'exitDying') this.step(name);
        else if ((this.#latest()?.told.length ?? 0) > 0) this.step('exited');
      }
    }
    return this.#captures();
  }

  #captures(): boolean {
    return this.life.ffmpeg.alive().some((run) => run.told.length === 0);
  }

  #landing(write: AskedWrite): void {
    const { key, ffmpeg } = this.life;
    if (write.expected !== key.revision) return;
    if (write.record !== null && write.record.server !== null) {
      this.#sessions.set(key.revision + 1, write.record.session);
    } else assert.is(ffmpeg.alive().length, 0, 'I2: vacated or removed only once ffmpeg is dead');
  }

  #answer(how: (write: AskedWrite) => void): void {
    const write = this.life.asked.at(-1);
    if (write === undefined || this.#settled.has(write)) return;
    this.#settled.add(write);
    how(write);
  }

  #latest() {
    const run = this.life.ffmpeg.runs.at(-1);
    return run?.alive === true ? run : undefined;
  }
}

const anyStep = fc.oneof(
  { arbitrary: fc.constantFrom(...Object.keys(new Walk().steps)), weight: 2 },
  // Steps that lead to a capture are drawn more often: with equal chances nearly every claim would end before it is won.
  { arbitrary: fc.constantFrom('see', 'stand', 'define', 'mine', 'settle', 'exited', 'wait'), weight: 3 },
);
/** Walks in which nothing happens are useless: most begin with all that a capture needs. */
const start = fc.constantFrom([], ['stand', 'define', 'mine'], ['stand', 'define', 'mine', 'settle', 'see']);

test('random walks keep the invariants, and end in a capture once the faults are over', () => {
  let captures = 0;
  fc.assert(
    fc.property(start, fc.array(anyStep, { maxLength: 100, size: 'max' }), (first, steps) => {
      const walk = new Walk();
      for (const name of [...first, ...steps]) walk.step(name);
      captures += walk.life.ffmpeg.runs.length;
      assert.ok(walk.heal(), 'captured once all is well');
    }),
    { numRuns: 120 },
  );
  assert.ok(captures > 50, 'the walks did capture');
});

test.run();
