import { createActor, type EventObject, fromCallback } from 'xstate';
import {
  epochOf,
  type OwnedRecord,
  type OwnerRecord,
  recordedNumbers,
  type VacatedRecord,
} from '../../src/domain/records/owner-record.ts';
import { recordedHome } from '../../src/domain/records/stream-home.ts';
import { captureMachine } from '../../src/machines/capture.ts';
import { streamMachine } from '../../src/machines/stream.ts';
import type {
  ClaimInput,
  OwnerView,
  ReleaseInput,
  StreamEmission,
  StreamInput,
} from '../../src/machines/stream-contract.ts';
import { playedFfmpeg } from './capture-world.ts';
import { HeapClock } from './heap-clock.ts';
import { DEFINITION, MINE, SESSION, streamInput } from './stream-world.ts';

/** The key in `owners`, as the leader has it. */
export class ModelKey {
  revision = 0;
  record: OwnerRecord | null = null;
  readonly written: (OwnerRecord | null)[] = [];

  /** Compare-and-set. */
  write(expected: number, record: OwnerRecord | null): boolean {
    if (expected !== this.revision) return false;
    this.revision++;
    this.record = record;
    this.written.push(record);
    return true;
  }

  view(isLive: (session: string) => boolean): OwnerView {
    const failures = { failedBy: this.record?.failedBy ?? [], unfitBy: this.record?.unfitBy ?? [] };
    const base = { epoch: this.revision, ...failures, home: recordedHome(this.record ?? undefined) };
    if (this.record === null) return { ...base, server: null, session: null, live: false };
    const numbers = recordedNumbers(this.record);
    if (this.record.server !== null) {
      const { server, session } = this.record;
      const claimEpoch = epochOf(this.record, this.revision);
      return { ...base, server, session, live: isLive(session), claimEpoch, numbers };
    }
    const { heir } = this.record;
    return { ...base, server: null, session: null, live: false, heir, numbers };
  }
}

/** A write that the machine asked for and that has no outcome yet. */
export interface AskedWrite {
  readonly input: ClaimInput | ReleaseInput;
  readonly expected: number;
  readonly record: OwnedRecord | VacatedRecord | null;
  /** Does the compare-and-set and reports what came of it. */
  settle(): void;
  /** Reports `unknown`; the write may land later, by `land`. */
  timeOut(): void;
  land(): boolean;
}

/** A stream machine with its capture in virtual time. Writes and ffmpegs do nothing until the test plays them. */
export function startStream(extra: Partial<StreamInput> = {}, landing: (write: AskedWrite) => void = () => {}) {
  const clock = new HeapClock();
  const key = new ModelKey();
  const ffmpeg = playedFfmpeg();
  const asked: AskedWrite[] = [];
  const emitted: StreamEmission[] = [];
  const live = new Set<string>();

  const ask = (
    input: ClaimInput | ReleaseInput,
    expected: number,
    report: (outcome: 'won' | 'lost' | 'unknown') => void,
  ) => {
    const write: AskedWrite = {
      input,
      expected,
      record: input.record,
      settle() {
        const again = 'again' in input && input.again;
        const landedBefore = again && key.record?.session === input.record.session && key.revision > expected;
        report(landedBefore || write.land() ? 'won' : 'lost');
      },
      timeOut: () => report('unknown'),
      land() {
        landing(write);
        return key.write(expected, input.record);
      },
    };
    asked.push(write);
  };
  const claim = fromCallback<EventObject, ClaimInput>(({ input, sendBack }) =>
    ask(input, input.expected, (outcome) => {
      if (outcome === 'won') sendBack({ type: 'claim.won', epoch: key.revision });
      else sendBack({ type: `claim.${outcome}`, why: 'no answer' });
    }),
  );
  const release = fromCallback<EventObject, ReleaseInput>(({ input, sendBack }) =>
    ask(input, input.epoch, (outcome) => sendBack({ type: `release.${outcome}`, why: 'no answer' })),
  );
  const capture = captureMachine.provide({ actors: { ffmpeg: ffmpeg.logic } });
  const actor = createActor(streamMachine.provide({ actors: { claim, release, capture } }), {
    clock,
    input: streamInput(extra),
  });
  actor.on('*', (emission) => emitted.push(emission));
  actor.start();

  return {
    clock,
    key,
    ffmpeg,
    asked,
    emitted,
    live,
    actor,
    /** The watch brings the key as it is. */
    see: () => actor.send({ type: 'owner.changed', owner: key.view((session) => live.has(session)) }),
    stand(session: string = SESSION) {
      live.add(session);
      actor.send({ type: 'standing.gained', session });
    },
    lastAsked(): AskedWrite {
      const write = asked.at(-1);
      if (write === undefined) throw new Error('nothing was asked for');
      return write;
    },
    lastRun() {
      const run = ffmpeg.runs.at(-1);
      if (run === undefined) throw new Error('no ffmpeg was started');
      return run;
    },
    facts: () => emitted.flatMap((it) => (it.type === 'fact' ? [`${it.kind}: ${it.why}`] : [])),
  };
}

/** One that captures, its first segment not yet written. `replaced`: the record that its claim found. */
export function startCapturing(extra: Partial<StreamInput> = {}, replaced?: OwnerRecord) {
  const life = startStream(extra);
  if (replaced !== undefined) life.key.write(0, replaced);
  life.see();
  life.stand();
  life.actor.send({ type: 'definition.changed', definition: DEFINITION });
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  life.lastAsked().settle();
  life.see();
  return life;
}
