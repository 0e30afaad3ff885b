import { z } from 'zod';
import { MAX_STREAM_NAME_LENGTH, streamNameProblem } from '../../domain/definition/stream-name.ts';
import { count, unixTime } from '../../domain/records/number-schemas.ts';
import type { PackId } from '../pack/pack-name.ts';
import type { KeptTime } from '../retention/kept-times.ts';

/** A closed pack whose destination is another server, as its holder tells that server. */
export interface Debt extends PackId {
  readonly stream: string;
  readonly lastNumber: number;
  readonly endMs: number;
  /** Of the media. */
  readonly bytes: number;
  /** Of the media, in hexadecimal, as the pack was closed. */
  readonly sha256: string;
  /** A random word of the holder. A receipt repeats it, so an old receipt answers nothing. */
  readonly question: string;
  /** `asking`: there was a receipt, and its grace is over: the home has to read the pack from its disk again. */
  readonly state: 'owed' | 'asking';
  /** The protected times of the stream in which it lies. */
  readonly kept: readonly KeptTime[];
}

/** What a holder owes one home, in pages. */
export interface DebtList {
  /** The holder. */
  readonly server: string;
  readonly session: string;
  /** The oldest first. */
  readonly debts: readonly Debt[];
  /** Packs with a receipt whose grace is not over. */
  readonly resting: { readonly packs: number; readonly bytes: number };
  /** What the next page is asked for with; absent: this is the last. */
  readonly next?: string | undefined;
}

/** Of one page. */
export const MAX_DEBTS = 1000;
const MAX_KEPT_OF_DEBT = 1000;
const MAX_TEXT = 1000;
const MAX_WORD = 128;

const text = z.string().max(MAX_TEXT);
const word = z.string().min(1).max(MAX_WORD);

/** It becomes the name of a folder. */
export const streamSchema = z
  .string()
  .max(MAX_STREAM_NAME_LENGTH)
  .refine((name) => streamNameProblem(name) === undefined, 'expected the name of a stream');
export const packIdSchema = z.object({ epoch: count, firstNumber: count, startMs: unixTime });
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
export const questionSchema = word;
const keptSchema = z.object({ id: text, fromMs: z.number(), untilMs: z.number(), note: text });

const debtSchema = packIdSchema
  .extend({
    stream: streamSchema,
    lastNumber: count,
    endMs: unixTime,
    bytes: z.int().positive(),
    sha256: sha256Schema,
    question: questionSchema,
    state: z.enum(['owed', 'asking']),
    kept: z.array(keptSchema).max(MAX_KEPT_OF_DEBT),
  })
  .refine(
    ({ firstNumber, lastNumber }) => firstNumber <= lastNumber,
    'expected a last number that is not before the first',
  )
  .refine(({ startMs, endMs }) => startMs < endMs, 'expected an end that is after the start');

/** What comes from another server is checked by it. */
export const debtListSchema = z.object({
  server: word,
  session: word,
  debts: z.array(debtSchema).max(MAX_DEBTS),
  resting: z.object({ packs: count, bytes: count }),
  next: z
    .string()
    .min(1)
    .max(2 * MAX_WORD + MAX_STREAM_NAME_LENGTH)
    .optional(),
});
