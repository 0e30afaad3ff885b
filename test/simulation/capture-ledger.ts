/** One running ffmpeg, as the world sees it. */
export interface Capture {
  readonly stream: string;
  readonly host: string;
  readonly session: string;
  readonly epoch: number;
}

/**
 * Every capture that really lives, whatever the servers believe: S1 is judged by this. Captures of a
 * sleeping machine take nothing from a source; between waking and being killed they are excused (SPEC.md, limits).
 */
export class CaptureLedger {
  readonly #live = new Map<string, Set<Capture>>();
  readonly #excused = new Set<Capture>();
  /** Captures that ended, by why. */
  ended = 0;

  constructor(private readonly onDouble: (one: Capture, other: Capture) => void) {}

  begin(capture: Capture): void {
    const live = this.of(capture.stream);
    for (const other of live) if (!this.#excused.has(other)) this.onDouble(other, capture);
    live.add(capture);
  }

  end(capture: Capture): void {
    this.of(capture.stream).delete(capture);
    this.#excused.delete(capture);
    this.ended += 1;
  }

  /** The machine of this capture fell asleep. */
  excuse(capture: Capture): void {
    this.#excused.add(capture);
  }

  of(stream: string): Set<Capture> {
    let live = this.#live.get(stream);
    if (live === undefined) {
      live = new Set();
      this.#live.set(stream, live);
    }
    return live;
  }
}
