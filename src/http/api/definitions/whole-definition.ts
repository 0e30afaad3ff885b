import type { DefinitionProblem } from '../../../domain/definition/definition-problem.ts';
import { hidesSecret, type WholeInputs, wholeInputs } from '../../../domain/definition/kept-secrets.ts';
import { shownPushUrl } from '../../../domain/definition/push-url.ts';
import type { StreamDefinition } from '../../../domain/definition/stream-definition.ts';
import { isEachOnce, PUSHES_EXPECTED } from '../../../domain/definition/stream-definition-schema.ts';
import { scrubUrl } from '../../../domain/text/secrets.ts';
import type { Refusal, StreamDetail } from '../herd-api.ts';

export type WholeDefinition = { readonly ok: true; readonly definition: StreamDefinition } | Refusal;

export const SECRET_EXPECTED =
  'the password or key itself in place of ***: it is kept only if nothing else of the URL has changed, and if as many URLs that look alike come back as there are';

/** A definition as people see it, without its secrets. */
export function shownDefinition(definition: StreamDefinition): StreamDefinition {
  const { inputs, push } = definition;
  return { ...definition, inputs: inputs.map(scrubUrl), ...(push !== undefined && { push: push.map(shownPushUrl) }) };
}

/** A definition that may hold inputs as a page reads them, with their secrets from the definition that is in force. */
export function wholeDefinition(definition: StreamDefinition, before: StreamDetail | undefined): WholeDefinition {
  const earlier = before?.definition;
  const inputs = wholeInputs(definition.inputs, earlier?.inputs ?? []);
  const push = wholeInputs(definition.push ?? [], earlier?.push ?? [], shownPushUrl);
  if (inputs.ok && push.ok) {
    if (!isEachOnce(push.inputs)) return refused([{ path: 'push', expected: PUSHES_EXPECTED }]);
    return {
      ok: true,
      definition: { ...definition, inputs: inputs.inputs, ...(definition.push && { push: push.inputs }) },
    };
  }
  return refused([...unknownOf('inputs', inputs), ...unknownOf('push', push)]);
}

function refused(problems: readonly DefinitionProblem[]): Refusal {
  const [first] = problems;
  return { ok: false, status: 400, error: `${first?.path}: expected ${first?.expected}`, problems };
}

function unknownOf(word: string, urls: WholeInputs): DefinitionProblem[] {
  const unknown = urls.ok ? [] : urls.unknown;
  return unknown.map((index) => ({ path: `${word}.${index}`, expected: SECRET_EXPECTED }));
}

/** Whether it holds a URL as a page reads it. */
export function hidesAny({ inputs, push = [] }: StreamDefinition): boolean {
  return [...inputs, ...push].some(hidesSecret);
}
