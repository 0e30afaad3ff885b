import { lasts } from '../support/fault-length.ts';
import type { TestHerd } from '../support/test-herd.ts';

const ASK_EVERY_MS = 400;
const PATIENCE_MS = 15_000;

/**
 * A viewer and an operator beside the attack, at an address of their own: one turn asks every server for the health, the list of
 * streams and a playlist.
 */
export class Prober implements AsyncDisposable {
  readonly #herd: TestHerd;
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  slowestMs = 0;
  asked = 0;
  failed = 0;

  constructor(herd: TestHerd) {
    this.#herd = herd;
    this.#done = this.#ask();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#done;
  }

  async #ask(): Promise<void> {
    while (!this.#end.signal.aborted) {
      const [sinceMs, before] = [performance.now(), this.failed];
      await Promise.all(
        this.#herd.servers.map((server) => this.#one(`${server.url}/${this.#herd.names[0]}/video.m3u8`)),
      );
      await Promise.all(this.#herd.servers.map((server) => this.#one(`${server.url}/readyz`)));
      this.asked += 1;
      if (this.failed === before) this.slowestMs = Math.max(this.slowestMs, performance.now() - sinceMs);
      await lasts(ASK_EVERY_MS);
    }
  }

  async #one(url: string): Promise<void> {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.status !== 200) this.failed += 1;
  }
}

/** From now to the first moment in which every server answers correctly what a player and an operator ask. */
export async function nextCorrectAnswer(herd: TestHerd): Promise<number> {
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < PATIENCE_MS) {
    const correct = await Promise.all(herd.servers.map(async ({ url }) => isCorrect(url, herd.names))).catch(() => [
      false,
    ]);
    if (correct.every(Boolean)) return performance.now() - sinceMs;
    await lasts(20);
  }
  return Number.POSITIVE_INFINITY;
}

async function isCorrect(url: string, names: readonly string[]): Promise<boolean> {
  const ask = (path: string) => fetch(`${url}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const answer = (await (await ask('/api/v1/streams')).json()) as { streams?: { name: string; state: string }[] };
  const live = new Set(answer.streams?.filter(({ state }) => state === 'live').map(({ name }) => name));
  const list = await (await ask(`/${names[0]}/video.m3u8`)).text();
  return names.every((name) => live.has(name)) && list.includes('#EXTINF');
}
