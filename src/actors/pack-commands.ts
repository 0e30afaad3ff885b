import { scrubText } from '../domain/text/secrets.ts';
import { execa } from '../host/system/execa.ts';
import { type Tools, wrapCommand } from '../media/ffmpeg/wrapped-command.ts';

export interface Command {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export type CommandEnd = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** A pack of 512 MiB takes less at 1.2 Mbit/s. */
const TIMEOUT_MS = 3_600_000;
const KILL_AFTER_MS = 5000;
const MAX_SAID_CHARACTERS = 4096;
/** Of an event. */
const MAX_WHY_CHARACTERS = 300;

/**
 * Runs the commands of `on_pack`: one at a time, behind everything else of this machine, and as long as this process at most. A child of a
 * command that hides from its parent may live longer.
 */
export class PackCommands implements Disposable {
  readonly #tools: Tools;
  readonly #timeoutMs: number;
  readonly #ending = new AbortController();
  #before: Promise<unknown> = Promise.resolve();

  constructor(tools: Tools, timeoutMs = TIMEOUT_MS) {
    this.#tools = tools;
    this.#timeoutMs = timeoutMs;
  }

  /** Never rejects. */
  run(command: Command): Promise<CommandEnd> {
    const end = this.#before.then(() => this.#run(command));
    this.#before = end;
    return end;
  }

  /** What runs is ended. */
  [Symbol.dispose](): void {
    this.#ending.abort();
  }

  async #run({ words: [file = '', ...args], env }: Command): Promise<CommandEnd> {
    if (this.#ending.signal.aborted) return { ok: false, why: 'the server has ended' };
    const [program, all] = wrapCommand(args, { ...this.#tools, ffmpeg: file });
    const running = execa(program, all, {
      env,
      reject: false,
      buffer: false,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: this.#timeoutMs,
      forceKillAfterDelay: KILL_AFTER_MS,
      cancelSignal: this.#ending.signal,
    });
    let said = '';
    running.stderr.on('data', (bytes: Buffer) => {
      said = `${said}${bytes.toString('utf8')}`.slice(-MAX_SAID_CHARACTERS);
    });
    const { exitCode, timedOut, isCanceled, signal, originalMessage } = await running;
    if (exitCode === 0) return { ok: true };
    if (isCanceled) return { ok: false, why: 'the server has ended' };
    const how = timedOut
      ? `it did not end within ${this.#timeoutMs / 1000} s`
      : exitCode !== undefined
        ? `it ended with exit code ${exitCode}`
        : signal !== undefined
          ? `it was ended by ${signal}`
          : `it could not be started: ${originalMessage ?? 'no reason is known'}`;
    return { ok: false, why: `${how}${lastWords(said)}` };
  }
}

function lastWords(said: string): string {
  const last = said.trim().split('\n').at(-1) ?? '';
  return last === '' ? '' : `: ${scrubText(last).slice(0, MAX_WHY_CHARACTERS)}`;
}
