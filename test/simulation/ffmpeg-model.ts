import type { Ffmpeg } from '../../src/actors/ffmpeg/ffmpeg.ts';
import type { SourceFailure } from '../../src/domain/source-failure.ts';
import type { FfmpegInput, FfmpegReport } from '../../src/machines/capture-contract.ts';
import type { Random } from '../support/random.ts';
import type { Cameras } from './cameras.ts';
import type { Capture } from './capture-ledger.ts';
import type { HostCaptures } from './host-captures.ts';
import type { Machine } from './machine.ts';
import type { LiveFiles } from './recording/live-files.ts';

export interface FfmpegParts {
  readonly machine: Machine;
  readonly captures: HostCaptures;
  readonly cameras: Cameras;
  readonly random: Random;
  session(): string;
  /** Absent: there are no segments. */
  readonly live?: LiveFiles | undefined;
}

interface RunParts extends FfmpegParts {
  stands(): boolean;
}

const LONGEST_START_MS = 40;
const FIRST_PACKET_MS = { least: 100, most: 1500 } as const;
/** Much less often than the real one, and still more often than a `source_timeout`. */
const PROGRESS_MS = 2500;
/** From SIGTERM to the end, when it closes its last segment. */
const LONGEST_STOP_MS = 300;

/** One ffmpeg, as the capture machine knows it (`src/actors/ffmpeg/ffmpeg.ts`), on a simulated machine at a simulated camera. */
export function ffmpegModel(parts: FfmpegParts, stands: () => boolean): Ffmpeg {
  return ({ input, sendBack, receive }) => {
    const run = new FfmpegRun({ ...parts, stands }, input, sendBack);
    receive((command) => run.end(command.type === 'ffmpeg.kill' ? undefined : LONGEST_STOP_MS));
    return () => run.abandon();
  };
}

/** Every second camera sends what MPEG-TS does not carry, so that its first ffmpeg is ended by its own server. */
function soundOf(stream: string): string {
  return /[02468]$/.test(stream) ? 'pcm_mulaw' : 'aac';
}

class FfmpegRun {
  readonly #parts: RunParts;
  readonly #stream: string;
  readonly #input: FfmpegInput;
  readonly #send: (report: FfmpegReport) => void;
  readonly #generation: number;
  /** Told once, before the first data. */
  #untold: string | undefined;
  #capture: Capture | undefined;
  #failure: SourceFailure = { kind: 'ended', message: 'it was stopped' };
  #isOver = false;
  #outTimeMs = 0;

  constructor(parts: RunParts, input: FfmpegInput, send: (report: FfmpegReport) => void) {
    const { stream, epoch, sound } = input;
    this.#input = input;
    this.#parts = parts;
    this.#stream = stream;
    this.#send = send;
    this.#generation = parts.machine.generation;
    this.#untold = sound === 'tried' ? soundOf(stream) : undefined;
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
    const { machine, captures, random, stands } = this.#parts;
    if (!stands()) {
      this.#exited();
      return;
    }
    const capture = { stream: this.#stream, host: machine.name, session: this.#parts.session(), epoch };
    this.#capture = captures.begin(capture, () => machine.message(() => this.#exited(), this.#generation));
    this.#send({ type: 'ffmpeg.started', pid: 1 });
    // ffmpeg runs on beside the server process, also while that is stopped.
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
      this.#tellSound();
      this.#outTimeMs += PROGRESS_MS;
      const outTimeMs = this.#outTimeMs;
      machine.message(() => {
        if (!this.#isOver) this.#send({ type: 'ffmpeg.progressed', outTimeMs });
      }, this.#generation);
      this.#closeSegment(outTimeMs / PROGRESS_MS - 1);
    }
    machine.after(PROGRESS_MS, () => this.#pull(), 'warden');
  }

  #closeSegment(index: number): void {
    const segment = this.#parts.live?.write(this.#input, index, PROGRESS_MS);
    if (segment === undefined) return;
    this.#parts.machine.message(() => {
      if (!this.#isOver) this.#send({ type: 'ffmpeg.segment', segment });
    }, this.#generation);
  }

  #tellSound(): void {
    const codec = this.#untold;
    this.#untold = undefined;
    if (codec === undefined) return;
    this.#parts.machine.message(() => {
      if (!this.#isOver) this.#send({ type: 'ffmpeg.sounded', codec });
    }, this.#generation);
  }

  #exited(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#send({ type: 'ffmpeg.exited', failure: this.#failure });
  }
}
