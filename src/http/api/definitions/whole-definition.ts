import type { DefinitionProblem } from '../../../domain/definition/definition-problem.ts';
import { hidesSecret, wholeInputs } from '../../../domain/definition/kept-secrets.ts';
import type { StreamDefinition } from '../../../domain/definition/stream-definition.ts';
import type { Refusal, StreamDetail } from '../herd-api.ts';

export type WholeDefinition = { readonly ok: true; readonly definition: StreamDefinition } | Refusal;

export const SECRET_EXPECTED =
  'the password or key itself in place of ***: it is kept only if nothing else of an input has changed';

/** A definition that may hold inputs as a page reads them, with their secrets from the definition that is in force. */
export function wholeDefinition(definition: StreamDefinition, before: StreamDetail | undefined): WholeDefinition {
  if (!definition.inputs.some(hidesSecret)) return { ok: true, definition };
  const whole = wholeInputs(definition.inputs, before?.definition?.inputs ?? []);
  if (whole.ok) return { ok: true, definition: { ...definition, inputs: whole.inputs } };
  const problems = whole.unknown.map((index): DefinitionProblem => {
    return { path: `inputs.${index}`, expected: SECRET_EXPECTED };
  });
  return { ok: false, status: 400, error: `${problems[0]?.path}: expected ${SECRET_EXPECTED}`, problems };
}
