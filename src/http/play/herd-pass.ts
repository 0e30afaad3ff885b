import { signPlayToken } from '../../host/play-token.ts';
import { HERD_TOKEN_HEADER } from './play-access.ts';

const LIFETIME_MS = 600_000;
/** Before it ends, as the clocks of servers differ. */
const RENEWED_MS = LIFETIME_MS / 2;

/** What this server shows to the others when it asks them for what viewers need a token for. */
export class HerdPass {
  readonly #key: string;
  #token = '';
  #madeAtMs = Number.NEGATIVE_INFINITY;

  /** @param key see `herdPlayKey`. */
  constructor(key: string) {
    this.#key = key;
  }

  readonly headers = (): Readonly<Record<string, string>> => {
    const nowMs = performance.now();
    if (nowMs - this.#madeAtMs > RENEWED_MS) {
      this.#token = signPlayToken(this.#key, { stream: '*' }, LIFETIME_MS);
      this.#madeAtMs = nowMs;
    }
    return { [HERD_TOKEN_HEADER]: this.#token };
  };
}
