import { type CallbackActorLogic, fromCallback } from 'xstate';
import type { Ffmpeg } from '../../actors/ffmpeg/ffmpeg.ts';
import type { ShortTurns } from '../../host/short-turns.ts';
import type { FfmpegCommand, FfmpegInput, FfmpegReport } from '../../machines/capture-contract.ts';

/**
 * When standing ends, every capture has to end at once. To tell thousands of actors would take longer than captures may live without
 * standing, and longer than a beat: so every ffmpeg is killed first, in one turn, and the actors are told afterwards, in short turns.
 *
 * Until its capture has been told, reports of a killed ffmpeg are held back: its end would count as a failure of the source. While the
 * halt lasts, no new ffmpeg is started: it waits until its capture is told to end.
 */
export class CaptureHalt {
  readonly #turns: Pick<ShortTurns, 'add'>;
  readonly #kills = new Set<() => void>();
  #holds = false;

  /** `turns`: in which the actors are told. */
  constructor(turns: Pick<ShortTurns, 'add'>) {
    this.#turns = turns;
  }

  get holds(): boolean {
    return this.#holds;
  }

  /** Kills every ffmpeg in this turn. */
  begin(): void {
    this.#holds = true;
    for (const kill of this.#kills) kill();
  }

  end(): void {
    this.#holds = false;
  }

  /** The same ffmpeg actor, which a halt can also end. */
  over(ffmpeg: Ffmpeg): CallbackActorLogic<FfmpegCommand, FfmpegInput> {
    return fromCallback<FfmpegCommand, FfmpegInput>((world) => {
      const { sendBack, receive } = world;
      let isTold = false;
      if (this.#holds) {
        receive(() => {
          if (!isTold) this.#turns.add(() => sendBack(NOT_STARTED));
          isTold = true;
        });
        return undefined;
      }
      const listeners: ((command: FfmpegCommand) => void)[] = [];
      const say = (command: FfmpegCommand) => {
        for (const listener of listeners) listener(command);
      };
      let held: FfmpegReport[] | undefined;
      const pass = (report: FfmpegReport) => {
        if (held !== undefined) held.push(report);
        else if (this.#holds) this.#turns.add(() => sendBack(report));
        else sendBack(report);
      };
      receive((command) => {
        isTold = true;
        say(command);
        const reports = held ?? [];
        held = undefined;
        for (const report of reports) pass(report);
      });
      const kill = () => {
        if (!isTold) held ??= [];
        say({ type: 'ffmpeg.kill' });
      };
      this.#kills.add(kill);
      const end = ffmpeg({ ...world, sendBack: pass, receive: (listener) => listeners.push(listener) });
      return () => {
        this.#kills.delete(kill);
        end?.();
      };
    });
  }
}

const NOT_STARTED: FfmpegReport = {
  type: 'ffmpeg.exited',
  failure: { kind: 'ended', message: 'it was not started: this server has no standing' },
};
