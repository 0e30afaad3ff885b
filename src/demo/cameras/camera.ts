import type { Clip } from './clip.ts';

/** What a camera does wrong. All but `stall` concern new connections only: a pull under way goes on. */
export type Fault =
  /** Media stops; connections stay and are answered. */
  | { readonly type: 'stall' }
  /** Accepts and never answers. */
  | { readonly type: 'mute' }
  /** Resets the connection instead of an answer. */
  | { readonly type: 'refuse' }
  /** Answers with what is no RTSP. */
  | { readonly type: 'rubbish' }
  /** Answers with this status: 401, 404, 503, … */
  | { readonly type: 'answer'; readonly status: number };

/** One pull: from an accepted SETUP to the end of its connection, or its TEARDOWN. */
export interface Pull {
  readonly camera: string;
  /** Address and port of the puller. */
  readonly from: string;
  /** By `performance.now()` of the camera server's process. */
  readonly openedAtMs: number;
  /** `null` while it lives. */
  readonly closedAtMs: number | null;
}

export interface CameraCounts {
  readonly live: number;
  /** The most pulls that were ever live at the same time. */
  readonly peak: number;
  readonly total: number;
  /** Connections that asked for this camera, also those that got nothing. */
  readonly attempts: number;
  /** Of these, refused because `maxPulls` were live. */
  readonly refused: number;
}

const MAX_LOGGED_PULLS = 10_000;

/** A camera's counts, its log and its present fault. */
export class Camera {
  readonly name: string;
  readonly clip: Clip;
  fault: Fault | undefined;
  readonly #maxPulls: number;
  readonly #live = new Set<OpenPull>();
  #log: OpenPull[] = [];
  #peak = 0;
  #total = 0;
  #attempts = 0;
  #refused = 0;

  constructor(name: string, clip: Clip, maxPulls: number) {
    this.name = name;
    this.clip = clip;
    this.#maxPulls = maxPulls;
  }

  get counts(): CameraCounts {
    const [peak, total, attempts, refused] = [this.#peak, this.#total, this.#attempts, this.#refused];
    return { live: this.#live.size, peak, total, attempts, refused };
  }

  /** The oldest first; the last 10,000. */
  get pulls(): Pull[] {
    return this.#log.map((pull) => ({ ...pull }));
  }

  countAttempt(): void {
    this.#attempts += 1;
  }

  /** `undefined` when as many as the camera serves are live. */
  open(from: string): OpenPull | undefined {
    if (this.#live.size >= this.#maxPulls) {
      this.#refused += 1;
      return undefined;
    }
    const pull = { camera: this.name, from, openedAtMs: performance.now(), closedAtMs: null };
    this.#live.add(pull);
    this.#log.push(pull);
    if (this.#log.length > MAX_LOGGED_PULLS) this.#log.shift();
    this.#total += 1;
    this.#peak = Math.max(this.#peak, this.#live.size);
    return pull;
  }

  close(pull: OpenPull): void {
    if (this.#live.delete(pull)) pull.closedAtMs = performance.now();
  }

  /** Begins to count again; what lives counts as opened since. */
  resetCounts(): void {
    this.#log = [...this.#live];
    this.#peak = this.#live.size;
    this.#total = this.#live.size;
    this.#attempts = 0;
    this.#refused = 0;
  }
}

export interface OpenPull extends Pull {
  closedAtMs: number | null;
}
