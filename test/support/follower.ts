import { setTimeout as pause } from 'node:timers/promises';
import { readList } from './media.ts';

const POLL_EVERY_MS = 500;

/** A viewer of one stream at one server who fetches every segment, in order, as a player does: `await using` it. */
export class Follower implements AsyncDisposable {
  /** From asking for the playlist to its last byte, each time. */
  readonly playlistMs: number[] = [];
  /** What it was not given: a sentence each. */
  readonly problems: string[] = [];
  #segments = 0;
  #next: number | undefined;
  readonly #playlist: string;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;

  constructor(url: string, stream: string) {
    this.#playlist = `${url}/${stream}/video.m3u8`;
    this.#done = this.#follow();
  }

  /** So many were fetched. */
  get segments(): number {
    return this.#segments;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      await this.#look().catch((error) => this.problems.push(String(error)));
      await pause(POLL_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const startMs = performance.now();
    const { firstNumber, segments } = await readList(this.#playlist);
    this.playlistMs.push(performance.now() - startMs);
    // It begins with the newest one.
    const next = this.#next ?? firstNumber + segments.length - 1;
    if (firstNumber > next) this.problems.push(`${firstNumber - next} segments were over before they were seen`);
    for (const [index, { uri }] of segments.entries()) {
      if (firstNumber + index < next) continue;
      this.#next = firstNumber + index + 1;
      const answer = await fetch(new URL(uri, this.#playlist));
      const { byteLength } = await answer.arrayBuffer();
      if (answer.status !== 200 || byteLength === 0)
        this.problems.push(`${uri}: ${answer.status}, ${byteLength} bytes`);
      else this.#segments += 1;
    }
  }
}
