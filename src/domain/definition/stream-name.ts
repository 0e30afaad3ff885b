/**
 * The name of a stream and the forms that other systems know it by.
 *
 * A name is one or more segments of `[A-Za-z0-9_][A-Za-z0-9._-]*` joined by `/`, at most 128 characters. The first
 * segment is not `api`, which HTTP keeps for itself.
 *
 * - `key`: the KV key and the tail of a NATS subject. It is the name itself, except that a dot which would leave an
 *   empty subject token (`a..b`, `a.`) is written `=2E`.
 * - `folder`: one path component. `/` is written `=2F`, so the folder of stream `a/2026` never lies inside that of `a`.
 */

declare const brand: unique symbol;
export type StreamName = string & { readonly [brand]: 'StreamName' };

export const MAX_STREAM_NAME_LENGTH = 128;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;

export interface StreamNameForms {
  readonly key: string;
  readonly folder: string;
}

/** Why `text` is not a stream name, as the end of a sentence ("expected …"); `undefined` when it is one. */
export function streamNameProblem(text: string): string | undefined {
  if (text.length === 0) return 'expected a stream name, found nothing';
  if (text.length > MAX_STREAM_NAME_LENGTH) {
    return `expected at most ${MAX_STREAM_NAME_LENGTH} characters, found ${text.length}`;
  }
  if (!NAME.test(text)) {
    return 'expected segments of letters, digits, "_", "." and "-" (each beginning with a letter, digit or "_") joined by "/"';
  }
  if (text === 'api' || text.startsWith('api/')) return 'expected a first segment other than "api", which HTTP uses';
  return undefined;
}

export function parseStreamName(text: string): StreamName | undefined {
  return streamNameProblem(text) === undefined ? (text as StreamName) : undefined;
}

/** Every form of a name, made in this one place. */
export function formsOf(name: StreamName): StreamNameForms {
  return {
    key: name.replace(/\.(?=\.)|\.$/g, '=2E'),
    folder: name.replaceAll('/', '=2F'),
  };
}

/** The name whose `key` or `folder` is `form`; `undefined` when there is none. */
export function nameOfForm(form: string): StreamName | undefined {
  return parseStreamName(form.replaceAll('=2E', '.').replaceAll('=2F', '/'));
}

/** In an address: `a/b` stays `a/b`: a segment is encoded, the slash between segments is not. */
export function pathOf(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
