import { z } from 'zod';
import type { PackId } from '../pack/pack-name.ts';
import { packIdSchema, questionSchema, sha256Schema, streamSchema } from './debt.ts';

/** The word of a home that it has a pack: it has read all of it back from its disk. */
export interface Receipt extends PackId {
  readonly stream: string;
  /** The server that has it. */
  readonly home: string;
  /** Of the home. */
  readonly session: string;
  /** That of the debt. */
  readonly question: string;
  /** Of what was read back. Null: the home was asked again, and has not got the pack. */
  readonly sha256: string | null;
}

export type ReceiptAnswer =
  | { readonly ok: true }
  /** One sentence. */
  | { readonly ok: false; readonly why: string };

const MAX_WORD = 128;
const MAX_WHY = 500;
const word = z.string().min(1).max(MAX_WORD);

export const receiptSchema = packIdSchema.extend({
  stream: streamSchema,
  home: word,
  session: word,
  question: questionSchema,
  sha256: sha256Schema.nullable(),
});

export const receiptAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), why: z.string().max(MAX_WHY) }),
]);
