import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { maskerOf, scrubText } from '../../domain/text/secrets.ts';

export interface BundleFile {
  readonly name: string;
  /** One line: what is in it. */
  readonly about: string;
  /** A text, or a value that is written as JSON. */
  readonly content: string | object;
}

export interface PackedFile {
  readonly name: string;
  readonly about: string;
  readonly bytes: number;
}

/** Longer ones keep their end: what happened last is what is looked at. */
const MAX_FILE_CHARACTERS = 32 * 1024 * 1024;
const READ_ME = 'README.txt';

/**
 * The files as a tar.gz. Whatever they are, every text in them passes here, and here alone: without passwords of URLs and fields, and
 * without any of `secrets`, wherever it stands.
 */
export async function packBundle(
  folder: string,
  files: readonly BundleFile[],
  secrets: readonly string[],
): Promise<{ readonly packed: readonly PackedFile[]; readonly bytes: Buffer }> {
  const hide = hiderOf(secrets);
  const texts = files.map(({ name, about, content }) => ({ name, about, text: textOf(content, hide) }));
  const lines = texts.map(({ name, about }) => `${name}: ${about}`);
  const readMe = [
    'What streamherd support has put together, for people who look for a fault.',
    'Passwords, keys and the paths of webhooks are replaced by ***; names and addresses of servers, streams and cameras are not.',
    '',
    ...lines,
    '',
  ].join('\n');
  const all = [{ name: READ_ME, about: 'this list', text: hide(readMe) }, ...texts];
  const bodies = all.map(({ name, about, text }) => ({ name, about, body: Buffer.from(text) }));
  const mtime = new Date();
  const tar = await packTar(
    bodies.map(({ name, body }) => {
      return {
        header: { name: `${folder}/${name}`, size: body.length, type: 'file', mode: 0o600, mtime },
        body,
      } as const;
    }),
  );
  const packed = bodies.map(({ name, about, body }) => ({ name, about, bytes: body.length }));
  return { packed, bytes: gzipSync(tar) };
}

/** Also in the forms in which a secret of a URL is written: as it is, encoded, and in JSON. */
function hiderOf(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  const mask = maskerOf([...new Set(forms)]);
  return (text) => mask(scrubText(text));
}

function textOf(content: string | object, hide: (text: string) => string): string {
  const text = typeof content === 'string' ? hide(content) : `${JSON.stringify(hidden(content, hide), undefined, 2)}\n`;
  return text.slice(-MAX_FILE_CHARACTERS);
}

/** Text by text, names of members too: in the finished JSON a quote could be taken for the end of a password. */
function hidden(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === 'string') return hide(value);
  if (Array.isArray(value)) return value.map((one) => hidden(one, hide));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [hide(name), hidden(inner, hide)]));
}
