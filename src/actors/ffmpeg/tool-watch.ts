import type { Tools } from '../../media/ffmpeg/wrapped-command.ts';
import { type FoundTools, ffmpegProblem, findTools } from './tools.ts';

export interface ToolWatchOptions {
  readonly lookEveryMs?: { readonly working: number; readonly broken: number };
  readonly env?: NodeJS.ProcessEnv;
}

/** Loading ffmpeg costs 75 ms of a core. After a capture failed through this server's fault, ffmpeg is tried at once. */
const LOOK_EVERY_MS = { working: 60_000, broken: 10_000 } as const;
/** Many captures fail together. */
const LEAST_REST_MS = 1000;

/**
 * Tries whether this machine's ffmpeg works: at the start, at intervals, and when a capture has failed through this server's fault.
 * Otherwise a server without a working ffmpeg would take streams, and each would be dark until its failure there is known.
 */
export class ToolWatch implements Disposable {
  readonly #options: Required<ToolWatchOptions>;
  #found: FoundTools;
  #looking: Promise<void> | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  readonly #followers = new Set<(problem: string | undefined) => void>();

  private constructor(options: ToolWatchOptions, found: FoundTools) {
    this.#options = { lookEveryMs: LOOK_EVERY_MS, env: process.env, ...options };
    this.#found = found;
    this.#lookLater();
  }

  static async open(options: ToolWatchOptions = {}): Promise<ToolWatch> {
    return new ToolWatch(options, await findTools(options.env));
  }

  /** From now on `onChange` is called at each change, with the reason why nothing can be captured (one clause), or `undefined`: captures are possible again. */
  follow(follower: (problem: string | undefined) => void): void {
    this.#followers.add(follower);
  }

  get problem(): string | undefined {
    return this.#found.problem;
  }

  /** The tools as the last trial found them. The object stays the same, so its holders see repaired tools. */
  get tools(): Tools {
    const watch = this;
    return {
      get ffmpeg() {
        return watch.#found.ffmpeg;
      },
      get setpriv() {
        return watch.#found.setpriv;
      },
      get nice() {
        return watch.#found.nice;
      },
      get drawsText() {
        return watch.#found.drawsText;
      },
    };
  }

  /** A capture has failed, and not because of its source. */
  readonly suspect = (): void => {
    if (performance.now() - this.#lookedAtMs >= LEAST_REST_MS) this.#look();
  };

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    const { working, broken } = this.#options.lookEveryMs;
    this.#timer = setTimeout(() => this.#look(), this.problem === undefined ? working : broken);
  }

  #look(): void {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
      this.#lookedAtMs = performance.now();
      this.#lookLater();
    });
  }

  async #lookNow(): Promise<void> {
    const before = this.problem;
    const problem = await ffmpegProblem(this.#found.ffmpeg);
    // Another ffmpeg may have been installed, which may or may not be able to draw text.
    this.#found =
      before !== undefined && problem === undefined ? await findTools(this.#options.env) : { ...this.#found, problem };
    if (this.#isOver || (before === undefined) === (this.problem === undefined)) return;
    for (const follower of this.#followers) follower(this.problem);
  }
}
