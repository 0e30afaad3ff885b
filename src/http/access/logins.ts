import { createHash, createHmac, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { type ApiUser, isPasswordHash, type PasswordHash, parsePasswordHash } from '../../domain/access/api-user.ts';
import { LoginDelays } from './login-delays.ts';
import type { Session } from './sessions.ts';

export interface LoginOptions {
  readonly now?: () => number;
  /** For the log. */
  readonly remark?: (why: string) => void;
}

export type Login =
  /** `session`: by the cookie of a browser, and not by name and password. */
  | { readonly user: ApiUser; readonly session?: Session }
  /** No credentials, or wrong ones. */
  | { readonly user: undefined; readonly why: 'none' | 'wrong' }
  /** They were not looked at. */
  | { readonly user: undefined; readonly why: 'wait'; readonly retryAfterS: number };

/** Logins that are known to be good; each user usually has one. */
const MAX_KNOWN = 64;
/** Logins that are known to be wrong: a program that has an old password says it again and again, which is no guessing. */
const MAX_WRONG = 256;
/** Passwords that wait for their turn. One at a time is looked at, which is all of one core. */
const MAX_WAITING = 16;
const REMARK_EVERY_MS = 5000;
const MAX_REMARKED = 1000;
const MAX_HEADER_LENGTH = 1024;
const derive = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

/**
 * Tells by basic authentication which user asks.
 *
 * To check a hashed password takes a tenth of a second of a core, in libuv's pool. So only one is checked at a time, and a
 * good login is remembered (as an HMAC by a key of this process): a flood of wrong logins does not lock out a user that
 * is logged in, and an address that fails waits ever longer.
 */
export class Logins {
  readonly #users: ReadonlyMap<string, ApiUser>;
  /** The hash of one user, if a user has one. It is checked also for other names, so that the time does not tell which names exist. */
  readonly #decoy: string | undefined;
  readonly #now: () => number;
  readonly #remark: (why: string) => void;
  readonly #remarked = new Set<string>();
  #remarkedAtMs = Number.NEGATIVE_INFINITY;
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, ApiUser>();
  readonly #wrong = new Set<string>();
  readonly #looking = new Map<string, Promise<ApiUser | undefined>>();
  readonly #delays = new LoginDelays();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(users: readonly ApiUser[], { now = () => performance.now(), remark = () => {} }: LoginOptions = {}) {
    this.#users = new Map(users.map((user) => [user.name, user]));
    this.#decoy = users.find(({ password }) => isPasswordHash(password))?.password;
    this.#now = now;
    this.#remark = remark;
  }

  /** `authorization`: the header. `address`: of the client. */
  async of(authorization: string | undefined, address: string): Promise<Login> {
    const given = credentialsOf(authorization);
    if (given === undefined) return { user: undefined, why: 'none' };
    // A name holds no ":", so no two logins have the same text.
    const mark = createHmac('sha256', this.#key).update(`${given.name}:${given.password}`).digest('base64');
    const known = this.#known.get(mark);
    if (known) return { user: known };
    if (this.#wrong.has(mark)) return { user: undefined, why: 'wrong' };
    const looking = this.#looking.get(mark) ?? this.#look(mark, given, address);
    if (typeof looking === 'number') return { user: undefined, why: 'wait', retryAfterS: Math.ceil(looking / 1000) };
    const user = await looking;
    return user ? { user } : { user: undefined, why: 'wrong' };
  }

  /** A number: not now, but after so many milliseconds. */
  #look(mark: string, given: NameAndPassword, address: string): Promise<ApiUser | undefined> | number {
    if (this.#looking.size >= MAX_WAITING) return 1000;
    const waitMs = this.#delays.begin(address, this.#now());
    if (waitMs > 0) {
      this.#tell(address);
      return waitMs;
    }
    const verify = () => this.#verified(given);
    const isDear = this.#decoy !== undefined;
    const looking = isDear ? this.#turn.then(verify) : verify();
    if (isDear) this.#turn = looking.catch(() => undefined);
    const told = looking
      .then((user) => {
        if (user) this.#remember(mark, user, address);
        else keepWithin(this.#wrong.add(mark), MAX_WRONG);
        return user;
      })
      .finally(() => this.#looking.delete(mark));
    this.#looking.set(mark, told);
    return told;
  }

  async #verified({ name, password }: NameAndPassword): Promise<ApiUser | undefined> {
    const user = this.#users.get(name);
    const stored = user?.password ?? '';
    if (this.#decoy !== undefined && !isPasswordHash(stored)) await matches(password, this.#decoy);
    return (await matches(password, stored)) ? user : undefined;
  }

  #remember(mark: string, user: ApiUser, address: string): void {
    this.#delays.succeeded(address);
    keepWithin(this.#known.set(mark, user), MAX_KNOWN);
  }

  /** Each address once, and not all of them where there are many. */
  #tell(address: string): void {
    const nowMs = this.#now();
    if (this.#remarked.has(address) || nowMs - this.#remarkedAtMs < REMARK_EVERY_MS) return;
    keepWithin(this.#remarked.add(address), MAX_REMARKED);
    this.#remarkedAtMs = nowMs;
    this.#remark(`wrong passwords come from ${address}: it has to wait, longer after each`);
  }
}

/** The oldest go first. */
function keepWithin(marks: Map<string, unknown> | Set<string>, most: number): void {
  for (const oldest of marks.keys()) {
    if (marks.size <= most) return;
    marks.delete(oldest);
  }
}

interface NameAndPassword {
  readonly name: string;
  readonly password: string;
}

function credentialsOf(authorization: string | undefined): NameAndPassword | undefined {
  if (authorization === undefined || authorization.length > MAX_HEADER_LENGTH) return undefined;
  const [, encoded] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(authorization.trim()) ?? [];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

async function matches(password: string, stored: string): Promise<boolean> {
  const hash = isPasswordHash(stored) ? parsePasswordHash(stored) : undefined;
  if (hash) return timingSafeEqual(await derived(password, hash), hash.hash);
  // Digests have one length, so that the comparison takes the same time however wrong the password is.
  return timingSafeEqual(digest(password), digest(stored));
}

function derived(password: string, { cost, blockSize, parallelization, salt, hash }: PasswordHash): Promise<Buffer> {
  const maxmem = 256 * cost * blockSize;
  return derive(password, salt, hash.length, { N: cost, r: blockSize, p: parallelization, maxmem });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
