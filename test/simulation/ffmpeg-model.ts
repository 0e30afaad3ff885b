import type { Ffmpeg } from '../../src/actors/ffmpeg/ffmpeg.ts';
import type { SourceFailure } from '../../src/domain/source-failure.ts';
import type { FfmpegInput, FfmpegReport } from '../../src/machines/capture-contract.ts';
import type { Random } from '../support/random.ts';
import type { Cameras } from './cameras.ts';
import type { Capture } from './capture-ledger.ts';
import type { HostCaptures } from './host-captures.ts';
import type { Machine } from './machine.ts';

export interface FfmpegParts {
  readonly machine: Machine;
  readonly captures: HostCaptures;
  readonly cameras: Cameras;
  readonly random: Random;
  session(): string;
}

const LONGEST_START_MS = 40;
const FIRST_PACKET_MS = { least: 100, most: 1500 } as const;
/** Much less often than the real one, and still more often than a `source_timeout`. */
const PROGRESS_MS = 2500;
/** From SIGTERM to the end, when it closes its last segment. */
const LONGEST_STOP_MS = 300;

/** One ffmpeg, as the capture machine knows it (`src/actors/ffmpeg/ffmpeg.ts`), on a simulated machine at a simulated camera. */
export function ffmpegModel(parts: FfmpegParts): Ffmpeg {
  return ({ input, sendBack, receive }) => {
    const run = new FfmpegRun(parts, input, sendBack);
    receive((command) => run.end(command.type === 'ffmpeg.stop' ? LONGEST_STOP_MS : undefined));
    return () => run.abandon();
  };
}

class FfmpegRun {
  readonly #parts: FfmpegParts;
  readonly #stream: string;
  readonly #send: (report: FfmpegReport) => void;
  readonly #generation: number;
  #capture: Capture | undefined;
  #failure: SourceFailure = { kind: 'ended', message: 'it was stopped' };
  #isOver = false;
  #outTimeMs = 0;

  constructor(parts: FfmpegParts, { stream, epoch }: FfmpegInput, send: (report: FfmpegReport) => void) {
    this.#parts = parts;
    this.#stream = stream;
    this.#send = send;
    this.#generation = parts.machine.generation;
    parts.machine.after(parts.random.between(0, LONGEST_START_MS), () => this.#start(epoch));
  }

  /** By SIGTERM, within so long; else by SIGKILL. */
  end(withinMs?: number): void {
    if (this.#capture !== undefined) this.#parts.captures.kill(this.#capture, withinMs);
    else this.#parts.machine.after(0, () => this.#exited());
  }

  abandon(): void {
    this.#isOver = true;
    if (this.#capture !== undefined) this.#parts.captures.kill(this.#capture);
  }

  #start(epoch: number): void {
    if (this.#isOver) return;
    const { machine, captures, random } = this.#parts;
    const capture = { stream: this.#stream, host: machine.name, session: this.#parts.session(), epoch };
    this.#capture = captures.begin(capture, () => machine.message(() => this.#exited(), this.#generation));
    this.#send({ type: 'ffmpeg.started', pid: 1 });
    // What ffmpeg does it does beside the process, also while that is stopped.
    machine.after(random.between(FIRST_PACKET_MS.least, FIRST_PACKET_MS.most), () => this.#pull(), 'warden');
  }

  #pull(): void {
    const { machine, captures, cameras } = this.#parts;
    if (this.#capture === undefined || !captures.lives(this.#capture)) return;
    const met = cameras.meet(this.#stream, machine.name, this.#outTimeMs === 0);
    if (met === 'refusal') {
      const kind = this.#outTimeMs === 0 ? 'refused' : 'ended';
      this.#failure = { kind, message: kind === 'refused' ? 'connection refused' : 'the source ended' };
      captures.kill(this.#capture);
      return;
    }
    if (met === 'failure') {
      this.#failure = { kind: 'ours', message: 'ffmpeg exited with 1' };
      captures.kill(this.#capture);
      return;
    }
    if (met === 'data') {
      this.#outTimeMs += PROGRESS_MS;
      const outTimeMs = this.#outTimeMs;
      machine.message(() => {
        if (!this.#isOver) this.#send({ type: 'ffmpeg.progressed', outTimeMs });
      }, this.#generation);
    }
    machine.after(PROGRESS_MS, () => this.#pull(), 'warden');
  }

  #exited(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#send({ type: 'ffmpeg.exited', failure: this.#failure });
  }
}
