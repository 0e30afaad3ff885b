export const MAX_TAIL_LINES = 100;

/** The last lines of a log: what explains an end is at the end. */
export class LineTail {
  readonly #lines: string[] = [];

  push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_TAIL_LINES) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
