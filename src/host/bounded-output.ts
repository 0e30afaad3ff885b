import { fstatSync, write } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Lines that wait for a reader that does not read. Newer ones are dropped, and counted. */
const MAX_WAITING_LINES = 1000;
/** Longer ones are cut: a thousand of them are to be a few megabytes. */
const MAX_LINE_CHARACTERS = 4000;

/** Writes a text, and calls back when it was written or can never be. */
type Sink = (text: string, taken: () => void) => void;

/**
 * Writes lines without ever waiting for their reader. Otherwise a log collector that stands still would stop a warden together with its
 * server, or fill the server's memory. When the collector reads again, the first line that it gets is the number of lost
 * lines.
 */
export class BoundedOutput {
  readonly #sink: Sink;
  #waiting: string[] = [];
  #dropped = 0;
  #isWriting = false;
  #onIdle = () => {};
  #lossLine = lossText;

  constructor(sink: Sink = standardError()) {
    this.#sink = sink;
  }

  /** `line` ends with a line break. */
  readonly write = (line: string): void => {
    if (this.#waiting.length >= MAX_WAITING_LINES) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line.length > MAX_LINE_CHARACTERS ? `${line.slice(0, MAX_LINE_CHARACTERS)}…\n` : line);
    if (!this.#isWriting) this.#next();
  };

  /** How the line is written that says how many lines were dropped. */
  tellLossesBy(lossLine: (count: number) => string): void {
    this.#lossLine = lossLine;
  }

  /** Resolves when everything has been taken, or after `withinMs`. */
  async flushed(withinMs: number): Promise<void> {
    if (!this.#isWriting) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    await Promise.race([idle, pause(withinMs, undefined, { ref: false })]);
  }

  #next(): void {
    const lines = this.#waiting;
    this.#isWriting = lines.length > 0;
    if (!this.#isWriting) {
      this.#onIdle();
      return;
    }
    this.#waiting = [];
    if (this.#dropped > 0) lines.push(this.#lossLine(this.#dropped));
    this.#dropped = 0;
    this.#sink(lines.join(''), () => this.#next());
  }
}

function lossText(count: number): string {
  return `${new Date().toISOString()} warn  ${count} lines of this log were dropped: its reader did not read\n`;
}

/** Node writes to pipes and sockets without waiting, but to files within the call. So files are written through the thread pool. */
function standardError(): Sink {
  const { stderr } = process;
  const kind = fstatSync(stderr.fd);
  if (!kind.isFIFO() && !kind.isSocket()) return (text, taken) => write(stderr.fd, text, () => taken());
  // The process goes on without a reader.
  stderr.on('error', () => undefined);
  return (text, taken) => {
    stderr.write(text, () => taken());
  };
}
