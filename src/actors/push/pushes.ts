import type { PushStatus } from '../../domain/push/push-status.ts';
import type { Segment } from '../../domain/segments/segment.ts';
import { Push, type PushParts } from './push.ts';

export interface PushesInput extends PushParts {
  /** The stream's live folder. */
  readonly folder: string;
  /** The URLs of the stream's definition, at any moment. */
  urls(): readonly string[];
  /** Called when something of them has changed. In the order of the definition. */
  onChange(pushes: readonly PushStatus[]): void;
}

/**
 * All receivers of one run of a capture. They follow the definition: with the next segment a URL that was added is pushed
 * to, and one that was removed is not. The capture goes on meanwhile.
 *
 * They end with their run: `kill` and `stop` act in the turn in which they are called, and nothing is started after it.
 */
export class Pushes {
  readonly #input: PushesInput;
  readonly #pushes = new Map<string, Push>();
  /** Those that were removed from the definition, until they are dead. */
  readonly #leaving = new Set<Push>();
  #isOver = false;

  constructor(input: PushesInput) {
    this.#input = input;
  }

  give(segment: Segment): void {
    if (this.#isOver) return;
    const urls = this.#input.urls();
    for (const [url, push] of this.#pushes) if (!urls.includes(url)) this.#leave(url, push);
    for (const url of urls) {
      const { folder } = this.#input;
      if (!this.#pushes.has(url)) this.#pushes.set(url, new Push(url, folder, this.#input, () => this.#tell()));
      this.#pushes.get(url)?.give(segment);
    }
  }

  stop(): void {
    this.#end((push) => push.stop());
  }

  kill(): void {
    this.#end((push) => push.kill());
  }

  /** Resolves when no ffmpeg of theirs lives, after `stop` or `kill`. */
  async ended(): Promise<void> {
    await Promise.all([...this.#pushes.values(), ...this.#leaving].map((push) => push.ended()));
  }

  #end(how: (push: Push) => void): void {
    const wereThere = !this.#isOver && this.#pushes.size > 0;
    this.#isOver = true;
    for (const push of [...this.#pushes.values(), ...this.#leaving]) how(push);
    if (wereThere) this.#input.onChange([]);
  }

  #leave(url: string, push: Push): void {
    this.#pushes.delete(url);
    this.#leaving.add(push);
    push.stop();
    void push.ended().then(() => this.#leaving.delete(push));
    this.#tell();
  }

  #tell(): void {
    if (this.#isOver) return;
    const urls = this.#input.urls();
    this.#input.onChange(urls.flatMap((url) => this.#pushes.get(url)?.status ?? []));
  }
}
