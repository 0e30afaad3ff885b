interface Line {
  readonly atMs: number;
  readonly who: string;
  readonly text: string;
}

/** Matches the names of consumers: they are drawn outside the run, and are left out so that a replay gives the same lines. */
const CONSUMER = /herd-[0-9a-f-]{36}/;
/** So many lines are kept. The cause of a failure lies in the last minutes of a run. */
const MAX_LINES = 20_000;

/** What happened in a run, for the reader of a failure. */
export class Timeline {
  #lines: Line[] = [];

  note(atMs: number, who: string, text: string): void {
    this.#lines.push({ atMs, who, text: text.includes('.CONSUMER.') ? text.replace(CONSUMER, 'herd-…') : text });
    if (this.#lines.length > MAX_LINES) this.#lines = this.#lines.slice(MAX_LINES / 2);
  }

  /** The lines from `sinceMs` on, as text. */
  text(sinceMs = 0): string {
    return this.#lines
      .filter(({ atMs }) => atMs >= sinceMs)
      .map(({ atMs, who, text }) => `${(atMs / 1000).toFixed(3).padStart(9)} s  ${who.padEnd(6)} ${text}`)
      .join('\n');
  }
}
