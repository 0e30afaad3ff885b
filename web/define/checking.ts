import type { DefinitionProblem } from '../../src/domain/definition/definition-problem.ts';
import { ask, Refused, reasonOf } from '../herd/ask.ts';
import { type DefinitionFields, type DefinitionValue, definitionOf } from './fields.ts';

/** What the server says of a definition that is not published yet. */
export interface Checked {
  readonly stream: string;
  readonly definition: DefinitionValue;
  /** The same as a stream block of a configuration file. */
  readonly text: string;
  readonly action: 'create' | 'update' | 'leave';
  readonly consequences: readonly string[];
  /** Of the stream as it is now; 0: there is none. */
  readonly revision: number;
}

export type CheckResult =
  | { readonly ok: true; readonly checked: Checked }
  /** `problems`: those with a place in the form. */
  | { readonly ok: false; readonly why: string; readonly problems: readonly DefinitionProblem[] };

/** What is asked: the fields of the form, or a text. */
export type Draft = { readonly fields: DefinitionFields } | { readonly text: string };

export async function check(draft: Draft): Promise<CheckResult> {
  const body =
    'text' in draft
      ? { text: draft.text }
      : { stream: draft.fields.stream.trim(), definition: definitionOf(draft.fields) };
  try {
    const { answer } = await ask<Checked>('/api/v1/check', { method: 'POST', body });
    return { ok: true, checked: answer };
  } catch (error) {
    return { ok: false, why: reasonOf(error), problems: error instanceof Refused ? error.problems : [] };
  }
}
