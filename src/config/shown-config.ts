import { scrubText } from '../domain/text/secrets.ts';
import { lex } from './syntax/lexer.ts';
import { masksOf } from './syntax/masks.ts';
import { parseStatements } from './syntax/statement.ts';

export interface ShownConfig {
  /** The text of the file without its secrets and comments. */
  readonly text: string;
  /** What was taken out of it, except comments. */
  readonly secrets: readonly string[];
}

/** A configuration file as another person may see it, also one with errors. */
export function shownConfig(source: string): ShownConfig {
  const { tokens, comments } = lex(source);
  const masks = masksOf(source, parseStatements(source, tokens).all, comments);
  let text = '';
  let at = 0;
  for (const { start, end, shown } of masks) {
    text += source.slice(at, start) + shown;
    at = end;
  }
  const hidden = masks.filter(({ shown }) => shown === '***').map(({ start, end }) => source.slice(start, end));
  return { text: scrubText(text + source.slice(at)), secrets: [...hidden.map(unquoted), ...credentialsIn(source)] };
}

function unquoted(text: string): string {
  return /^(["']).*\1$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text;
}

/** `?token=…`, as `scrubUrl` knows them. */
const SECRET_PARAMETER = /(?:token|key|pass|pwd|secret|auth|sig|credential)[\w.%-]*=([^&;\s"']+)/gi;

/** Passwords and tokens of URLs, as they are written and decoded. Up to the last `@`: people do type `rtsp://admin:a/b@host`. */
function credentialsIn(source: string): readonly string[] {
  const passwords = [...source.matchAll(/:\/\/(?:[^\s"'@]*:)?([^\s"']+)@/g), ...source.matchAll(SECRET_PARAMETER)];
  return passwords.flatMap(([, password = '']) => {
    try {
      return [password, decodeURIComponent(password)];
    } catch {
      return [password];
    }
  });
}
