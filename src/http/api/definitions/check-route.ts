import { z } from 'zod';
import { parseStream } from '../../../config/parse-stream.ts';
import { printStream } from '../../../config/print.ts';
import { formatProblem } from '../../../config/syntax/problem.ts';
import { formatDefinitionProblem } from '../../../domain/definition/definition-problem.ts';
import type { StreamDefinition } from '../../../domain/definition/stream-definition.ts';
import { definitionValue, readDefinition } from '../../../domain/definition/stream-definition-schema.ts';
import { parseStreamName, type StreamName, streamNameProblem } from '../../../domain/definition/stream-name.ts';
import { streamDefinitionSchema } from '../answers.ts';
import { type ApiParts, type App, answerRefusal, badRequest, jsonObject } from '../app.ts';
import type { Refusal } from '../herd-api.ts';
import { answer, describedChange } from '../openapi.ts';
import { consequencesOf } from './consequences.ts';
import { wholeDefinition } from './whole-definition.ts';

const checkSchema = z
  .union([
    z.object({ stream: z.string(), definition: streamDefinitionSchema }),
    z.object({ text: z.string().meta({ description: 'A stream block, as a configuration file has it.' }) }),
  ])
  .meta({ id: 'Check' });

export const checkedSchema = z
  .object({
    stream: z.string(),
    definition: streamDefinitionSchema,
    text: z.string().meta({ description: 'The same as a stream block of a configuration file.' }),
    action: z.enum(['create', 'update', 'leave']),
    consequences: z.array(z.string()).meta({ description: 'What will be so afterwards, a sentence each.' }),
    revision: z.int().min(0).meta({ description: 'Of the stream as it is now; 0: there is none.' }),
  })
  .meta({ id: 'Checked' });

type Wanted = { readonly ok: true; readonly name: StreamName; readonly definition: StreamDefinition } | Refusal;

const TEXT_NAME = 'text';
const EXPECTED =
  'expected a body like {"stream": "cam01", "definition": {"url": "rtsp://…"}} or {"text": "stream cam01 { input rtsp://…; }"}';

/** What a definition means and would change, in both its forms. Nothing is changed. */
export function addCheck(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/check',
    describedChange({
      summary: 'Check a definition, and say what it would change',
      description: 'Takes JSON or the text of a stream block, and answers both. Nothing is changed.',
      body: checkSchema,
      responses: { 200: answer('It is good.', checkedSchema) },
    }),
    door.editors,
    async (context) => {
      const body = jsonObject(await context.req.text());
      const wanted = wantedOf(body);
      if (wanted === undefined) return badRequest(context, EXPECTED);
      if (!wanted.ok) return answerRefusal(context, wanted);
      const { name, definition } = wanted;
      const before = herd.stream(name);
      const whole = wholeDefinition(definition, before);
      if (!whole.ok) return answerRefusal(context, whole);
      return context.json({
        stream: name,
        // As it came: the secrets that it keeps are not shown.
        definition: definitionValue({ ...definition, appliedFrom: [] }),
        text: printStream({ name, definition }),
        revision: before?.revision ?? 0,
        ...consequencesOf(before, whole.definition),
      });
    },
  );
}

function wantedOf(body: ReturnType<typeof jsonObject>): Wanted | undefined {
  if (typeof body?.text === 'string') return ofText(body.text);
  if (typeof body?.stream !== 'string' || body.definition === undefined) return undefined;
  return ofValue(body.stream, body.definition);
}

function ofText(text: string): Wanted {
  const parsed = parseStream(text, TEXT_NAME);
  if (parsed.ok) return { ok: true, ...parsed.stream };
  return { ok: false, status: 400, error: parsed.problems.map(formatProblem).join('\n') };
}

function ofValue(stream: string, value: unknown): Wanted {
  const nameProblem = streamNameProblem(stream);
  const name = parseStreamName(stream);
  const parsed = readDefinition(value);
  if (name !== undefined && parsed.ok) return { ok: true, name, definition: parsed.definition };
  const problems = [
    ...(nameProblem === undefined ? [] : [{ path: 'stream', expected: nameProblem.replace(/^expected /, '') }]),
    ...(parsed.ok ? [] : parsed.problems),
  ];
  return { ok: false, status: 400, error: problems.map(formatDefinitionProblem).join('; '), problems };
}
