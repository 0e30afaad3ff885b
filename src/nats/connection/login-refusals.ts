/** After the n-th round in which every server refused; the last one repeats. An operator has to change something. */
const WAITS_MS = [1000, 2000, 5000] as const;

/** Slows down logins that are refused: ten a second from each server of the herd are a load, and change nothing. */
export class LoginRefusals {
  #inARow = 0;

  refused(): void {
    this.#inARow += 1;
  }

  accepted(): void {
    this.#inARow = 0;
  }

  /** The wait before the next login. If one server of several refuses, logins at the others are not delayed. */
  waitMs(servers: number): number {
    const rounds = Math.floor(this.#inARow / Math.max(1, servers));
    return WAITS_MS[Math.min(rounds, WAITS_MS.length) - 1] ?? 0;
  }
}
