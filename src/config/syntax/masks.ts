import { nearestWord } from '../../domain/text/nearest-word.ts';
import { scrubUrl } from '../../domain/text/secrets.ts';
import type { Span, Token } from './lexer.ts';
import { arrange, type Mask } from './source-text.ts';
import type { Statement } from './statement.ts';
import { FILE_VOCABULARY, isWordOf, SECRET_WORDS } from './vocabulary.ts';

/**
 * The parts of a configuration file that no error may show. An error shows its whole line, and a file can be wrong in many ways, so the masks
 * also cover keys behind a misspelt word (`clustr_key MYSECRET;`), keys and passwords that an unquoted `;`, `{` or blank has cut
 * into pieces, and what is commented out.
 */
export function masksOf(source: string, statements: readonly Statement[], comments: readonly Span[]): Mask[] {
  const masks: Mask[] = comments.filter(({ start, end }) => end > start).map((span) => ({ ...span, shown: '…' }));
  let secretEnd: number | undefined;
  for (const statement of statements) {
    const { word, args } = statement;
    const continues =
      secretEnd !== undefined &&
      !isWordOf(word.text, FILE_VOCABULARY) &&
      !source.slice(secretEnd, word.start).includes('\n');
    if (continues) masks.push(hide(word));
    if (continues || isSecret(word)) {
      // The user of `edit_auth user password` is no secret; without the password it may be one.
      const namesUser = (word.text === 'edit_auth' || word.text === 'view_auth') && args.length > 1;
      for (const secret of args.slice(namesUser ? 1 : 0)) masks.push(hide(secret));
      secretEnd = args.at(-1)?.end ?? word.end;
    } else {
      secretEnd = undefined;
    }
    for (const token of [word, ...args]) masks.push(...tokenMasks(source, token));
    masks.push(...cutUrlMasks(source, args));
  }
  return arrange(masks);
}

function hide({ start, end }: Span): Mask {
  return { start, end, shown: '***' };
}

function isSecret(word: Token): boolean {
  const nearest = nearestWord(word.text, SECRET_WORDS);
  return nearest !== undefined || SECRET_NAME.test(word.text);
}

const SECRET_NAME = /key|auth|pass|pwd|secret|token/i;

function tokenMasks(source: string, token: Token): Mask[] {
  const raw = source.slice(token.start, token.end);
  const shown = shownWord(raw, token.quoted);
  return shown === raw ? [] : [{ start: token.start, end: token.end, shown }];
}

function shownWord(raw: string, quoted: boolean): string {
  const [, name] = /^([A-Za-z_]+)[=:]./.exec(raw) ?? [];
  if (name !== undefined && SECRET_NAME.test(name)) return `${name}=***`;
  if (raw.includes('://')) return scrubUrl(raw);
  const at = raw.lastIndexOf('@');
  // The second half of a URL that was cut within its password.
  return quoted || at <= 0 ? raw : `***${raw.slice(at)}`;
}

/** `input rtsp://user:my password@host;`: from the first piece to the one with the `@`. */
function cutUrlMasks(source: string, args: readonly Token[]): Mask[] {
  const first = args.findIndex((token) => token.text.includes('://'));
  const last = args.findLastIndex((token) => token.text.includes('@') && !token.text.includes('://'));
  const [from, to] = [args[first], args[last]];
  if (from === undefined || to === undefined || last < first) return [];
  return [{ start: from.start, end: to.end, shown: scrubUrl(source.slice(from.start, to.end)) }];
}
