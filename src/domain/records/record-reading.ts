import { z } from 'zod';
import { clippedSentence } from '../text/plain-text.ts';
import { isSpokenVersion, SPOKEN_VERSIONS } from './wire-version.ts';

/**
 * What was read of a record in a bucket. The record may be from a newer version, or written by hand: if it names a session, that counts,
 * however little of the rest is understood. If it counted as no record, the streams would seem to have no owner, and would be
 * captured twice.
 */
export interface RecordReading<Kind> {
  /** Absent: it names no session. */
  readonly record?: Kind;
  /** What is not understood, and where. */
  readonly problem?: string;
}

export interface RecordSchemas {
  readonly understood: z.ZodType;
  /** What is taken of a record that is not understood. */
  readonly salvaged: z.ZodType;
}

export const sentence = z.string().transform(clippedSentence);

/** Reads `text` by the schemas for its value. Never throws. */
export function readRecord<Kind>(text: string, schemasOf: (value: unknown) => RecordSchemas): RecordReading<Kind> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'expected JSON' };
  }
  const { understood, salvaged } = schemasOf(value);
  const { data, error } = understood.safeParse(value);
  const problem = versionProblem(value) ?? problemOf(error);
  const record = error === undefined ? data : salvaged.safeParse(value).data;
  return {
    // The schemas are the interface's but for optional fields, which zod allows to be undefined.
    ...(record !== undefined && { record: record as Kind }),
    ...(problem !== undefined && { problem }),
  };
}

/** The property, if `value` is an object that has it. */
export function fieldOf(value: unknown, word: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, word) : undefined;
}

/** Records of the first release said no version. */
function versionProblem(value: unknown): string | undefined {
  const v = fieldOf(value, 'v');
  return v === undefined || isSpokenVersion(v) ? undefined : `v: expected ${SPOKEN_VERSIONS}`;
}

function problemOf(error: z.ZodError | undefined): string | undefined {
  const issue = error?.issues[0];
  return issue && `${issue.path.map((word) => `${String(word)}: `).join('')}${issue.message}`;
}
