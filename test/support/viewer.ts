import { setTimeout as pause } from 'node:timers/promises';

/** What a viewer has seen of a stream since `look` was last called. */
export interface Watched {
  readonly stream: string;
  /** The longest that it went without a new segment. */
  readonly longestWaitMs: number;
  /** Faults at which players stop, a sentence each. */
  readonly problems: readonly string[];
}

export interface ListedSegment {
  readonly number: number;
  /** The last part of its URL, which says epoch and number: the host before it may differ between servers. */
  readonly name: string;
}

export interface Listing {
  readonly firstNumber: number;
  readonly segments: readonly ListedSegment[];
}

const POLL_EVERY_MS = 600;
/** A poll is held for up to 5 s while its stream has no owner. */
const POLL_TIMEOUT_MS = 8000;

/** Compares each media playlist with all that came before it, from whatever server. Pure. */
export class ListingJudge {
  readonly #names = new Map<number, string>();
  readonly #numbers = new Map<string, number>();
  #firstNumber = 0;
  #newestNumber = 0;

  /** @returns whether there is a new segment, and what is wrong. */
  look({ firstNumber, segments }: Listing): { readonly isNew: boolean; readonly problems: readonly string[] } {
    const newestNumber = segments.at(-1)?.number ?? firstNumber;
    const problems = [
      ...wentBack('EXT-X-MEDIA-SEQUENCE', this.#firstNumber, firstNumber),
      ...wentBack('the newest number', this.#newestNumber, newestNumber),
      ...segments.flatMap((segment) => this.#reused(segment)),
    ];
    const isNew = newestNumber > this.#newestNumber;
    this.#firstNumber = Math.max(firstNumber, this.#firstNumber);
    this.#newestNumber = Math.max(newestNumber, this.#newestNumber);
    return { isNew, problems };
  }

  #reused({ number, name }: ListedSegment): readonly string[] {
    const [nameBefore = name, numberBefore = number] = [this.#names.get(number), this.#numbers.get(name)];
    this.#names.set(number, name);
    this.#numbers.set(name, number);
    return [
      ...(nameBefore === name ? [] : [`number ${number} stood for ${nameBefore} and stands for ${name}`]),
      ...(numberBefore === number ? [] : [`${name} had number ${numberBefore} and has ${number}`]),
    ];
  }
}

function wentBack(what: string, from: number, to: number): readonly string[] {
  return to < from ? [`${what} went back from ${from} to ${to}`] : [];
}

/**
 * A viewer of one stream, without the decoding. It begins at a server, follows its redirect, polls the media playlist, goes on to the
 * next variant when that fails, and begins at the next server when all fail.
 */
export class Viewer implements AsyncDisposable {
  readonly #stream: string;
  readonly #entries: readonly string[];
  readonly #judge = new ListingJudge();
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #variants: string[] = [];
  #problems: string[] = [];
  #newAtMs = performance.now();
  #longestWaitMs = 0;
  #entered = 0;

  /** `entries`: addresses of the herd's servers, the first of which is asked first. */
  constructor(stream: string, entries: readonly string[]) {
    this.#stream = stream;
    this.#entries = entries;
    this.#done = this.#watch();
  }

  /** Begins a new look: waits are counted from here. */
  look(): Watched {
    const nowMs = performance.now();
    const longestWaitMs = Math.max(this.#longestWaitMs, nowMs - this.#newAtMs);
    const watched = { stream: this.#stream, longestWaitMs, problems: this.#problems };
    this.#longestWaitMs = 0;
    this.#problems = [];
    this.#newAtMs = nowMs;
    return watched;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        if (this.#variants.length === 0) await this.#enter();
        else await this.#poll();
      } catch {
        // Refused, reset or silent: the next server is asked.
        this.#variants.shift();
      }
      await pause(POLL_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #enter(): Promise<void> {
    const entry = this.#entries[this.#entered % this.#entries.length];
    this.#entered += 1;
    const { url, text } = await this.#fetch(`${entry}/${this.#stream}/index.m3u8`);
    this.#variants = linesOf(text).map((line) => new URL(line, url).href);
  }

  async #poll(): Promise<void> {
    const [variant = ''] = this.#variants;
    const { text } = await this.#fetch(variant);
    const { isNew, problems } = this.#judge.look(listingOf(text));
    this.#problems.push(...problems.map((problem) => `${this.#stream} by ${new URL(variant).host}: ${problem}`));
    if (!isNew) return;
    const nowMs = performance.now();
    this.#longestWaitMs = Math.max(this.#longestWaitMs, nowMs - this.#newAtMs);
    this.#newAtMs = nowMs;
  }

  async #fetch(url: string): Promise<{ readonly url: string; readonly text: string }> {
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(POLL_TIMEOUT_MS)]);
    const answer = await fetch(url, { signal });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
    return { url: answer.url, text };
  }
}

/** Reads a media playlist as a player does, with code of its own, so that a fault of the writing code shows. */
export function listingOf(text: string): Listing {
  const firstNumber = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(text)?.[1]);
  const names = linesOf(text).map((line) => line.split('/').at(-1) ?? line);
  return { firstNumber, segments: names.map((name, index) => ({ number: firstNumber + index, name })) };
}

function linesOf(playlist: string): readonly string[] {
  return playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
