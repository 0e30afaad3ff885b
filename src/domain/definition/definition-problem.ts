import type { z } from 'zod';
import { nearestWord } from '../text/nearest-word.ts';
import { scrubUrl } from '../text/secrets.ts';
import { shownPushUrl } from './push-url.ts';

/** What is wrong at one place of a stream definition. */
export interface DefinitionProblem {
  /** `inputs.0`, `transcoder.vb`; empty for the definition as a whole. */
  readonly path: string;
  /** What belongs there, as the end of "expected …". */
  readonly expected: string;
  /** What is there, shortened, without secrets. Absent when nothing is. */
  readonly found?: string;
  /** The known word that was probably meant. */
  readonly nearest?: string;
}

const MAX_FOUND_LENGTH = 80;

/** One sentence for status, log and event. */
export function formatDefinitionProblem({ path, expected, found, nearest }: DefinitionProblem): string {
  const where = path === '' ? '' : `${path}: `;
  const instead = found === undefined ? '' : `, found ${found}`;
  return `${where}expected ${expected}${instead}${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`;
}

/** The problems that one issue of the schema stands for in `value`. `wordsAt` gives the known words of an object. */
export function problemsOfIssue(
  issue: z.core.$ZodIssue,
  value: unknown,
  wordsAt: (path: readonly PropertyKey[]) => readonly string[],
): DefinitionProblem[] {
  if (issue.code !== 'unrecognized_keys') {
    const there = valueAt(value, issue.path);
    const show = issue.path[0] === 'push' && typeof there === 'string' ? shownPush : shown;
    const found = there === undefined ? {} : { found: show(there) };
    return [{ path: issue.path.join('.'), expected: issue.message, ...found }];
  }
  const known = wordsAt(issue.path);
  return issue.keys.map((key) => {
    const nearest = nearestWord(key, known);
    return {
      path: [...issue.path, shortened(key)].join('.'),
      expected: `one of the words ${known.join(', ')}`,
      found: shown(key),
      ...(nearest !== undefined && { nearest }),
    };
  });
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function shownPush(value: unknown): string {
  return JSON.stringify(shownPushUrl(String(value)));
}

/** Secrets are removed before the shortening, which could cut a password in half, so that it would not be recognized. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shortened(scrubUrl(value)));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

function shortened(text: string): string {
  const scrubbed = scrubUrl(text);
  return scrubbed.length <= MAX_FOUND_LENGTH ? scrubbed : `${scrubbed.slice(0, MAX_FOUND_LENGTH)}…`;
}
