interface Line {
  readonly atMs: number;
  readonly who: string;
  readonly text: string;
}

/** Consumers bear names that are drawn outside the run; a replay is the same to the last line all the same. */
const CONSUMER = /herd-[0-9a-f-]{36}/;
/** Lines that are kept. A failing run is a matter of its last minutes. */
const MAX_LINES = 20_000;

/** What happened in a run, for whoever reads a failure. */
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
