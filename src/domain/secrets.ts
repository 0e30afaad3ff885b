/**
 * Takes credentials out of text that people or logs see. A URL carries them as userinfo (`//user:pass@host`) or as a
 * query parameter (an SRT passphrase, the token of a channel); programs quote URLs in their errors, so text is scrubbed
 * wherever something that looks like either occurs.
 */

export const SCRUBBED = '***';

/** Greedy up to the last `@` of the authority: passwords that hold a raw `@` or `/` are common in camera URLs. */
const USERINFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s'"<>?#]+@/gi;
/** The same in a URL that stands alone, where nothing else can be meant by a quote or a space. */
const USERINFO_OF_URL = /^([a-z][a-z0-9+.-]*:\/\/).+@/is;
const SECRET_PARAMETER =
  /([?&;](?:[a-z0-9_.-]*(?:pass|pwd|secret|token|signature|credential|key)[a-z0-9_.-]*|auth|sig|sign|streamid|user|username|login)=)[^&;#\s'"<>]*/gi;
const AUTHORIZATION = /(authorization:\s*\w+\s+)\S+/gi;

export function scrubText(text: string): string {
  return text
    .replace(USERINFO, `$1${SCRUBBED}@`)
    .replace(SECRET_PARAMETER, `$1${SCRUBBED}`)
    .replace(AUTHORIZATION, `$1${SCRUBBED}`);
}

/** `url` as it may be shown. Equal to `url` exactly when it holds no secret. */
export function scrubUrl(url: string): string {
  return scrubText(url.replace(USERINFO_OF_URL, `$1${SCRUBBED}@`));
}
