/**
 * The name of a server: the last part of its KV key in `servers`, a token of subjects, and by default the host that
 * redirects name. Host names are such names.
 */
export const MAX_SERVER_NAME_LENGTH = 253;
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-]))*$/;

/** Why `text` is not a server's name, as the end of a sentence; `undefined` when it is one. */
export function serverNameProblem(text: string): string | undefined {
  if (text.length > MAX_SERVER_NAME_LENGTH) return `a server name of at most ${MAX_SERVER_NAME_LENGTH} characters`;
  if (!NAME.test(text)) return 'a server name like s01 or s01.example.com (letters, digits, "_", "-" and single dots)';
  return undefined;
}
