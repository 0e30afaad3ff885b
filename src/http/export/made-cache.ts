/** What is dear to make, kept until there is too much of it; what several ask for at once is made once. */
export class MadeCache<T> {
  readonly #maxBytes: number;
  readonly #bytesOf: (made: T) => number;
  readonly #kept = new Map<string, T>();
  readonly #making = new Map<string, Promise<T>>();
  #bytes = 0;

  constructor(maxBytes: number, bytesOf: (made: T) => number) {
    this.#maxBytes = maxBytes;
    this.#bytesOf = bytesOf;
  }

  /** Rejects with what `make` rejects with, which is not kept. */
  async of(key: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const making = this.#making.get(key) ?? this.#make(key, make);
    this.#making.set(key, making);
    return making;
  }

  async #make(key: string, make: () => Promise<T>): Promise<T> {
    try {
      const made = await make();
      this.#keep(key, made);
      return made;
    } finally {
      this.#making.delete(key);
    }
  }

  #keep(key: string, made: T): void {
    if (this.#bytesOf(made) > this.#maxBytes / 4) return;
    this.#kept.set(key, made);
    this.#bytes += this.#bytesOf(made);
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#kept.delete(oldest);
      this.#bytes -= this.#bytesOf(old);
    }
  }
}
