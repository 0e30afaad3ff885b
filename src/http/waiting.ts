/** Requests that are held until something changes. */
export class Waiting {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `wake`, or after `ms`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
    });
  }

  wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
