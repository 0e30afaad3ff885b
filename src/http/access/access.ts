import type { ApiUser, Role } from '../../domain/access/api-user.ts';
import { TOKEN_HEADER } from '../../domain/access/page-headers.ts';
import { LOCAL_USER_HEADER } from '../../domain/local-socket.ts';
import type { Forwarded, TrustedProxies } from '../client-address.ts';
import type { Login } from './logins.ts';
import { saysToken } from './sessions.ts';

/** What the configuration file says of it. */
export interface AccessPolicy {
  /** By name and password: `edit_auth`, `view_auth`. */
  readonly users: readonly ApiUser[];
  /** Clients that are no users see only health. */
  readonly viewAuth: boolean;
  readonly trustedProxies: readonly string[];
  /** Of this server: a name by which its own page may call it. */
  readonly publicUrl: string;
  /** With which tokens for viewers are signed. Absent: every viewer may play. */
  readonly playKey?: string | undefined;
}

/** How a request came here. */
export interface Caller extends Forwarded {
  /** Over the socket in the data folder, which only the server's own user and root can open. */
  readonly isLocal: boolean;
}

export type AccessDecision =
  /** `by`: who it is, for people. */
  | { readonly granted: true; readonly by: string }
  | { readonly granted: false; readonly status: 401 | 403 | 429; readonly why: string; readonly retryAfterS?: number };

/**
 * The rules that say which clients may see, and which may change things.
 *
 * Over TCP: only users of the configuration file. There is no exception for loopback, because requests through a proxy on the same host
 * all look local, and a proxy that adds no header cannot be distinguished from a program of this host. On the host itself the
 * command line uses the socket in the data folder, where no proxy can stand.
 *
 * A page of another site must not make a viewer's browser change things, also where the browser knows the password. It is
 * stopped by the headers that browsers attach (Origin, Sec-Fetch-Site). A browser sends PUT and DELETE to another site only after
 * asking that site, and the API does not permit it.
 */
export function accessOf(
  right: Role,
  caller: Caller,
  login: Login,
  policy: AccessPolicy,
  proxies: TrustedProxies,
): AccessDecision {
  if (caller.isLocal) return { granted: true, by: localName(caller) };
  const address = proxies.clientOf(caller);
  const by = login.user ? `${login.user.name} (${login.user.role}) from ${address}` : address;
  if (right === 'view') return policy.viewAuth && !login.user ? strangerRefused(login, SEE) : { granted: true, by };
  const foreign = foreignPage(caller, policy, proxies);
  if (foreign !== undefined) return { granted: false, status: 403, why: foreign };
  const forged = forgedBySession(caller, login);
  if (forged !== undefined) return { granted: false, status: 403, why: forged };
  if (!policy.users.some(({ role }) => role === 'edit')) {
    const why = `changes over TCP need edit_auth in the configuration file; on the server itself the command line needs none`;
    return { granted: false, status: 403, why };
  }
  if (!login.user) return strangerRefused(login, CHANGE);
  if (login.user.role !== 'edit') {
    return { granted: false, status: 403, why: `the user ${login.user.name} may see everything and change nothing` };
  }
  return { granted: true, by };
}

/** The name that it gives is believed: a process that may open the socket could act as any user anyway. */
function localName(caller: Caller): string {
  const name = caller.header(LOCAL_USER_HEADER) ?? '';
  return /^[A-Za-z0-9_][\w.@-]{0,63}$/.test(name) ? `${name} by the local socket` : 'the local socket';
}

/** Whether the passwords of definitions are shown to them. A page in a browser needs none, and may stand open all day. */
export function maySeeSecrets(caller: Caller, login: Login): boolean {
  return caller.isLocal || (login.user !== undefined && login.user.role === 'edit' && login.session === undefined);
}

/** A browser adds the cookie by itself. So a change by a session has to say the token, and where its page is from, as browsers do. */
function forgedBySession(caller: Caller, login: Login): string | undefined {
  if (login.user === undefined || login.session === undefined) return undefined;
  if (caller.header('origin') === undefined) return 'a change by a session has to say its Origin';
  if (saysToken(login.session, caller.header(TOKEN_HEADER))) return undefined;
  return `a change by a session has to say the token of the session, in ${TOKEN_HEADER}`;
}

const CHANGE = 'changes need a user and password of edit_auth';
const SEE = 'this server shows nothing without a user and password';

function strangerRefused(login: Extract<Login, { user: undefined }>, why: string): AccessDecision {
  if (login.why !== 'wait') return { granted: false, status: 401, why };
  const { retryAfterS } = login;
  return { granted: false, status: 429, why: `too many wrong passwords: try again in ${retryAfterS} s`, retryAfterS };
}

export function foreignPage(caller: Caller, { publicUrl }: AccessPolicy, proxies: TrustedProxies): string | undefined {
  const site = caller.header('sec-fetch-site');
  const origin = caller.header('origin');
  const own = [proxies.originOf(caller), publicUrl].map(originOf);
  const isForeignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  const isForeignOrigin = origin !== undefined && !own.includes(originOf(origin) ?? '');
  return isForeignSite || isForeignOrigin ? 'a page of another site may not change anything here' : undefined;
}

/** The host of a URL; `undefined` if the text is no URL, as the `null` of a page without an origin. */
function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
