/** The target of a request, decoded and safe: no control characters, no empty, `.` or `..` parts. */
export interface Target {
  /** Decoded, begins with `/`. */
  readonly path: string;
  /** Without the `?`. */
  readonly query: string;
}

export type ParsedTarget =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly problem: string };

const MAX_TARGET_LENGTH = 4096;

/** Reads the target of a request line: origin form (`/path?query`) or absolute form (`http://host/path`, sent by proxies). */
export function parseTarget(raw: string): ParsedTarget {
  if (raw.length > MAX_TARGET_LENGTH) return { ok: false, problem: `expected at most ${MAX_TARGET_LENGTH} characters` };
  const origin = raw.replace(/^https?:\/\/[^/?#]*/i, '') || '/';
  if (!origin.startsWith('/')) return { ok: false, problem: 'expected a path that begins with "/"' };
  const [beforeFragment = ''] = origin.split('#', 1);
  const mark = beforeFragment.indexOf('?');
  const rawPath = mark < 0 ? beforeFragment : beforeFragment.slice(0, mark);
  const path = decoded(rawPath);
  if (path === undefined) return { ok: false, problem: 'expected percent-encoded UTF-8' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return { ok: false, problem: 'expected no control character and no "\\"' };
  if (path.split('/').some((part) => part === '.' || part === '..')) {
    return { ok: false, problem: 'expected no "." and no ".." in the path' };
  }
  return { ok: true, target: { path, query: mark < 0 ? '' : beforeFragment.slice(mark + 1) } };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
