import { createHash, timingSafeEqual } from 'node:crypto';

export interface EditAuth {
  readonly user: string;
  readonly password: string;
}

export interface EditPolicy {
  /** `edit_auth` of the configuration file. */
  readonly editAuth?: EditAuth;
  /** Of this server: a name by which its own pages and tools may call it. */
  readonly publicUrl: string;
}

export interface Caller {
  readonly method: string;
  header(name: string): string | undefined;
  readonly remoteAddress: string;
}

export type EditAccess =
  | { readonly granted: true }
  | { readonly granted: false; readonly status: 401 | 403 | 415; readonly why: string };

/**
 * Who may change things over HTTP.
 *
 * With `edit_auth`: whoever sends its user and password by basic authentication. Without it nobody, except from the server's own
 * machine: somebody there could read the configuration file anyway, and `streamherd demo` and the command line work unconfigured. A
 * proxy on the same machine makes the whole world look local, so a request that was forwarded does not count; nor does one that
 * names the server by a foreign host name, which is what a page does whose name was made to resolve to 127.0.0.1 (DNS rebinding).
 *
 * A page of another site must not be able to make a viewer's browser change things, also where the browser knows the password. It
 * is stopped by the headers that browsers attach (Origin, Sec-Fetch-Site), and by a POST needing what a form cannot send: a JSON
 * content type or an Authorization header. PUT and DELETE no page sends to another site without asking first, and the API grants
 * no such asking.
 */
export function editAccess(caller: Caller, policy: EditPolicy): EditAccess {
  const foreign = foreignPage(caller);
  if (foreign !== undefined) return refused(403, foreign);
  if (isAuthorised(caller, policy.editAuth)) return { granted: true };
  if (policy.editAuth) return refused(401, 'changes need the user and password of edit_auth');
  if (!isLocal(caller, policy.publicUrl)) {
    return refused(403, 'changes over HTTP need edit_auth in the configuration file, or come from the server itself');
  }
  if (caller.method === 'POST' && !/^application\/json\b/i.test(caller.header('content-type') ?? '')) {
    return refused(415, 'expected the header "content-type: application/json"');
  }
  return { granted: true };
}

/** The caller has proved to know `edit_auth`: also what passwords of definitions are shown to. */
export function isAuthorised(caller: Caller, editAuth: EditAuth | undefined): boolean {
  const [, encoded] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(caller.header('authorization')?.trim() ?? '') ?? [];
  if (!editAuth || encoded === undefined) return false;
  const given = Buffer.from(encoded, 'base64').toString();
  // Digests have one length, so that the comparison takes the same time however wrong the password is.
  return timingSafeEqual(digest(given), digest(`${editAuth.user}:${editAuth.password}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function foreignPage(caller: Caller): string | undefined {
  const site = caller.header('sec-fetch-site');
  const origin = caller.header('origin');
  const isForeignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  const isForeignOrigin = origin !== undefined && hostOf(origin) !== caller.header('host')?.toLowerCase();
  return isForeignSite || isForeignOrigin ? 'a page of another site may not change anything here' : undefined;
}

function isLocal(caller: Caller, publicUrl: string): boolean {
  const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => caller.header(name));
  const isLoopback = /^(?:::ffff:)?127\.|^::1$/.test(caller.remoteAddress);
  const host = caller.header('host')?.toLowerCase() ?? '';
  const isOwnName = /^(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/.test(host) || host === hostOf(publicUrl);
  return isLoopback && !isForwarded && isOwnName;
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function refused(status: 401 | 403 | 415, why: string): EditAccess {
  return { granted: false, status, why };
}
