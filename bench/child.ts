import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * A part of a bench in a process of its own, so that it does not share a thread with what is measured. It is a module beside
 * this one that calls `serveParent`.
 */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;

  constructor(file: string) {
    this.#process = fork(new URL(file, import.meta.url), { execArgv: [] });
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN;
  }

  /** Sends `request` and resolves with the answer. One at a time. */
  async ask<Request extends object, Answer>(request: Request): Promise<Answer> {
    const ended = new AbortController();
    const answered = once(this.#process, 'message', { signal: ended.signal });
    const exited = once(this.#process, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`a process of the bench ended with exit code ${code}`);
    });
    this.#process.send(request);
    try {
      // What crosses the process boundary gets its type here: both sides are of one build.
      const [answer] = (await Promise.race([answered, exited])) as [Answer];
      return answer;
    } finally {
      ended.abort();
      await Promise.allSettled([answered, exited]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}

/** The other side: answers what the parent asks, and ends with it. */
export function serveParent<Request, Answer>(answer: (request: Request) => Promise<Answer>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (request) => {
    void answer(request as Request).then((answered) => process.send?.(answered));
  });
}
