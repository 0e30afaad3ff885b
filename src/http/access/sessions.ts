import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiUser } from '../../domain/access/api-user.ts';

/** Without a request for so long, a session ends: a control room's page asks every few seconds while it is seen. */
export const IDLE_MS = 12 * 3_600_000;
export const LONGEST_MS = 7 * 86_400_000;
/** The oldest end first. */
const MAX_SESSIONS = 1000;
const WORD_BYTES = 32;
const MAX_COOKIES_LENGTH = 8192;

export interface Session {
  readonly user: ApiUser;
  /** The page says it with each change. A page of another site cannot read it, also where the browser sends the cookie. */
  readonly token: string;
}

interface Kept extends Session {
  readonly begunMs: number;
  askedMs: number;
}

/**
 * Logins of browsers, each known by a random word in a cookie that scripts cannot read. They are of this server's API alone, and end with
 * it. The words are kept as hashes only.
 */
export class Sessions {
  readonly #cookie: string;
  readonly #now: () => number;
  /** By the hash of its word, in the order in which they began. */
  readonly #sessions = new Map<string, Kept>();

  /** @param publicUrl of this server: cookies do not know ports, so each server of a host has a name of its own for its cookie. */
  constructor(publicUrl: string, now: () => number = () => performance.now()) {
    this.#cookie = `streamherd-${createHash('sha256').update(publicUrl).digest('hex').slice(0, 8)}`;
    this.#now = now;
  }

  /** @returns the session, and the header that gives the browser its word. */
  begin(user: ApiUser, isSecure: boolean): { readonly session: Session; readonly cookie: string } {
    const word = randomBytes(WORD_BYTES).toString('base64url');
    const nowMs = this.#now();
    const session: Kept = {
      user,
      token: randomBytes(WORD_BYTES).toString('base64url'),
      begunMs: nowMs,
      askedMs: nowMs,
    };
    this.#sessions.set(hashOf(word), session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= MAX_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
    return { session, cookie: `${this.#cookie}=${word}; ${attributes(isSecure)}` };
  }

  /** @param cookies the header of a request. */
  of(cookies: string | undefined): Session | undefined {
    const word = this.#wordIn(cookies);
    if (word === undefined) return undefined;
    const key = hashOf(word);
    const session = this.#sessions.get(key);
    if (session === undefined) return undefined;
    const nowMs = this.#now();
    if (nowMs - session.askedMs > IDLE_MS || nowMs - session.begunMs > LONGEST_MS) {
      this.#sessions.delete(key);
      return undefined;
    }
    session.askedMs = nowMs;
    return session;
  }

  /** Whether the browser had a session here, also one that has ended. */
  hasWord(cookies: string | undefined): boolean {
    return this.#wordIn(cookies) !== undefined;
  }

  /** @returns the header that takes the word from the browser. */
  end(cookies: string | undefined, isSecure: boolean): string {
    const word = this.#wordIn(cookies);
    if (word !== undefined) this.#sessions.delete(hashOf(word));
    return `${this.#cookie}=; Max-Age=0; ${attributes(isSecure)}`;
  }

  get size(): number {
    return this.#sessions.size;
  }

  #wordIn(cookies: string | undefined): string | undefined {
    if (cookies === undefined || cookies.length > MAX_COOKIES_LENGTH) return undefined;
    const prefix = `${this.#cookie}=`;
    const pair = cookies.split(';').find((each) => each.trim().startsWith(prefix));
    return pair?.trim().slice(prefix.length) || undefined;
  }
}

/** Takes the same time however much of the token is right. */
export function saysToken({ token }: Session, said: string | undefined): boolean {
  const [own, given] = [digest(token), digest(said ?? '')];
  return timingSafeEqual(own, given);
}

function attributes(isSecure: boolean): string {
  return `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}

function hashOf(word: string): string {
  return digest(word).toString('base64');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
