import type { Context, Hono, MiddlewareHandler, Next } from 'hono';
import type { Role } from '../../domain/access/api-user.ts';
import { PAGE_HEADER } from '../../domain/access/page-headers.ts';
import type { Stale } from '../../domain/status.ts';
import { type AccessPolicy, accessOf, type Caller, foreignPage, maySeeSecrets } from '../access/access.ts';
import { type Login, Logins } from '../access/logins.ts';
import { Sessions } from '../access/sessions.ts';
import { TrustedProxies } from '../client-address.ts';
import type { Client } from './api-host.ts';
import type { HerdApi, Listing, OperatorAction, Refusal } from './herd-api.ts';

/** What the route files have in common. */
export interface ApiEnv {
  Bindings: Client;
  Variables: {
    /** The author of a change, for people to read. Only behind `editors`. */
    readonly by: string;
  };
}

export type App = Hono<ApiEnv>;

export interface ApiParts {
  readonly herd: HerdApi;
  readonly door: Door;
  /** See `herdPlayKey`. Absent: every viewer may play. */
  readonly playKey: string | undefined;
}

/** The access rules: the one place that looks at credentials. */
export class Door {
  readonly #policy: AccessPolicy;
  readonly #proxies: TrustedProxies;
  readonly #logins: Logins;
  readonly #sessions: Sessions;

  /** `remark`: for the log. */
  constructor(policy: AccessPolicy, remark?: (why: string) => void) {
    this.#policy = policy;
    this.#proxies = new TrustedProxies(policy.trustedProxies);
    this.#logins = new Logins(policy.users, remark && { remark });
    this.#sessions = new Sessions(policy.publicUrl);
  }

  /** Lets only users through who may change things. */
  readonly editors: MiddlewareHandler<ApiEnv> = (context, next) => this.#pass('edit', context, next);

  /** Lets only users through who may see things; changes have a check of their own. */
  readonly viewers: MiddlewareHandler<ApiEnv> = (context, next) =>
    !this.#policy.viewAuth || !READING.includes(context.req.method) || isForStrangers(context)
      ? next()
      : this.#pass('view', context, next);

  /** Lets only users through, also where everyone may see things. */
  readonly players: MiddlewareHandler<ApiEnv> = (context, next) =>
    this.#pass('view', context, next, { ...this.#policy, viewAuth: true });

  async showsSecretsTo(context: Context<ApiEnv>): Promise<boolean> {
    const caller = callerOf(context);
    return maySeeSecrets(caller, await this.#login(caller));
  }

  async #pass(right: Role, context: Context<ApiEnv>, next: Next, policy = this.#policy): Promise<Response | undefined> {
    const caller = callerOf(context);
    const access = accessOf(right, caller, await this.#login(caller), policy, this.#proxies);
    if (access.granted) {
      context.set('by', access.by);
      await next();
      return undefined;
    }
    if (access.status === 401 && !this.#hasForm(caller)) {
      context.header('WWW-Authenticate', 'Basic realm="streamherd", charset="UTF-8"');
    }
    if (access.retryAfterS !== undefined) context.header('Retry-After', String(access.retryAfterS));
    return context.json({ error: access.why }, access.status);
  }

  get stranger(): SessionState {
    return { closed: this.#policy.viewAuth, logins: this.#policy.users.length > 0 };
  }

  /** The login of a request, for the page that it comes from. */
  async sessionOf(context: Context<ApiEnv>): Promise<SessionState> {
    const login = await this.#login(callerOf(context));
    if (login.user === undefined) return this.stranger;
    return {
      ...this.stranger,
      user: login.user.name,
      role: login.user.role,
      ...(login.session && { token: login.session.token }),
    };
  }

  /** Gives the browser a cookie for a name and a password, which are looked at as those of basic authentication are. */
  async beginSession(context: Context<ApiEnv>, name: string, password: string): Promise<Response | SessionState> {
    const caller = callerOf(context);
    const foreign = foreignPage(caller, this.#policy, this.#proxies);
    if (foreign !== undefined) return context.json({ error: foreign }, 403);
    const basic = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
    const login = await this.#logins.of(basic, this.#proxies.clientOf(caller));
    if (login.user === undefined) {
      if (login.why !== 'wait') return context.json({ error: 'the user or the password is wrong' }, 401);
      context.header('Retry-After', String(login.retryAfterS));
      return context.json({ error: `too many wrong passwords: try again in ${login.retryAfterS} s` }, 429);
    }
    const { session, cookie } = this.#sessions.begin(login.user, this.#isSecure(caller));
    context.header('Set-Cookie', cookie);
    const { name: user, role } = login.user;
    return { ...this.stranger, user, role, token: session.token };
  }

  /** Also without the token: to log a user out by force gains an attacker nothing, and other sites cannot send the cookie. */
  endSession(context: Context<ApiEnv>): Response | undefined {
    const caller = callerOf(context);
    const foreign = foreignPage(caller, this.#policy, this.#proxies);
    if (foreign !== undefined) return context.json({ error: foreign }, 403);
    context.header('Set-Cookie', this.#sessions.end(caller.header('cookie'), this.#isSecure(caller)));
    return undefined;
  }

  /** Name and password come first: a program that says them means them. */
  async #login(caller: Caller): Promise<Login> {
    const authorization = caller.header('authorization');
    const session = authorization === undefined ? this.#sessions.of(caller.header('cookie')) : undefined;
    if (session !== undefined) return { user: session.user, session };
    return this.#logins.of(authorization, this.#proxies.clientOf(caller));
  }

  /** The page of this server asks for name and password itself; a browser's own question would stand before it. */
  #hasForm(caller: Caller): boolean {
    if (caller.header('authorization') !== undefined) return false;
    return caller.header(PAGE_HEADER) !== undefined || this.#sessions.hasWord(caller.header('cookie'));
  }

  #isSecure(caller: Caller): boolean {
    return this.#proxies.originOf(caller).startsWith('https:');
  }
}

/** The user of a page, and whether a login is needed to see, and possible at all. */
export interface SessionState {
  readonly closed: boolean;
  readonly logins: boolean;
  readonly user?: string;
  readonly role?: Role;
  /** Of a session: each change has to say it. */
  readonly token?: string;
}

/** The form to log in by is for strangers too. */
function isForStrangers({ req }: Context<ApiEnv>): boolean {
  const isPage =
    req.path === '/' && (req.header('accept') ?? '').includes('text/html') && req.header('authorization') === undefined;
  return isPage || req.path === SESSION_PATH;
}

export const SESSION_PATH = '/api/v1/session';

const READING: readonly string[] = ['GET', 'HEAD'];

function callerOf(context: Context<ApiEnv>): Caller {
  const { remoteAddress, isSecure, isLocal } = context.env;
  return { remoteAddress, isSecure, isLocal, header: (name) => context.req.header(name) };
}

/** After a change: tells the herd who made it. */
export function acted(context: Context<ApiEnv>, herd: HerdApi, action: Omit<OperatorAction, 'by'>): void {
  herd.acted({ ...action, by: context.get('by') });
}

/** A whole list: 304 when the client has this version of it already. */
export function answerListing(context: Context<ApiEnv>, { version, body }: Listing): Response {
  return answerVersion(context, version, () => body);
}

/** 304 when the client has what it asks for as it is at this version of the herd. `body`: JSON. */
export function answerVersion(
  context: Context<ApiEnv>,
  version: string,
  body: () => Listing['body'] | string,
): Response {
  const etag = `"${version}"`;
  const headers = { ETag: etag, 'Cache-Control': 'no-cache', 'Content-Type': 'application/json' };
  const known = (context.req.header('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) ? new Response(null, { status: 304, headers }) : new Response(body(), { headers });
}

/** For an answer from the view of the herd: whether that may be old. */
export function staleness(herd: HerdApi): { readonly stale?: Stale } {
  const stale = herd.stale();
  return stale === undefined ? {} : { stale };
}

export function answerRefusal(context: Context<ApiEnv>, { status, error, problems }: Refusal): Response {
  if (status === 503) context.header('Retry-After', '1');
  return context.json({ error, ...(problems && { problems }) }, status);
}

export function badRequest(context: Context<ApiEnv>, error: string): Response {
  return answerRefusal(context, { ok: false, status: 400, error });
}

/** The object that a request's body holds; `undefined` when it holds anything else. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
