/** System error codes that operators may cause by their configuration or mounts. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  EDQUOT: 'the quota of its user is used up',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a link that leads nowhere',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no space is left',
  ENOTDIR: 'it is no folder',
  EROFS: 'it is read-only',
};

/** Why another host was not reached. */
const CONNECTION_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
};

/** The system's code of an error; empty: it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Why the system refused something, as a clause for people. */
export function systemReason(error: unknown): string {
  const code = codeOf(error);
  return REASONS[code] ?? (code || String(error));
}

/** Why another host was not reached, as a clause for people; `undefined`: the code says nothing of that. */
export function connectionReason(code: string): string | undefined {
  return CONNECTION_REASONS[code];
}
