/** System error codes that operators may cause by their configuration or mounts. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  EDQUOT: 'the quota of its user is used up',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no space is left',
  ENOTDIR: 'it is no folder',
  EROFS: 'it is read-only',
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
