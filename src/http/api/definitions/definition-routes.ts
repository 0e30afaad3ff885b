import { z } from 'zod';
import { parseDefinition, printDefinition } from '../../../domain/definition/stream-definition-schema.ts';
import { streamChangeSchema, streamDefinitionSchema } from '../answers.ts';
import { type ApiParts, type App, acted, answerRefusal } from '../app.ts';
import type { Refusal, StreamDetail } from '../herd-api.ts';
import { answer, checked, describedChange, MISSING, streamInPath } from '../openapi.ts';
import { addCheck } from './check-route.ts';
import { addCsv } from './csv/csv-routes.ts';
import { addSourceTest } from './source-test-route.ts';
import { hidesAny, wholeDefinition } from './whole-definition.ts';

const REVISION_EXPECTED = 'expected revision= with the number that the stream was read with, or 0 for one that is new';
const revisionQuery = z.object({
  revision: z
    .string()
    .regex(/^\d{1,15}$/, REVISION_EXPECTED)
    .transform(Number)
    .meta({
      description:
        '`revision` of the stream as it was read, 0: it is new. What another client changed since then is not overwritten, ' +
        'but answered with 409. Absent: the last change counts.',
    })
    .optional(),
});

export function addDefinitions(app: App, parts: ApiParts): void {
  addPut(app, parts);
  addDelete(app, parts);
  addCheck(app, parts);
  addCsv(app, parts);
  addSourceTest(app, parts);
}

function addPut(app: App, { herd, door }: ApiParts): void {
  app.put(
    '/api/v1/streams/:name{.+}',
    describedChange({
      summary: 'Publish a definition',
      description:
        'An input that was read without its password, and comes back with *** in its place and otherwise the same, keeps its password.',
      body: streamDefinitionSchema,
      responses: { 200: answer('Updated.', streamChangeSchema), 201: answer('Created.', streamChangeSchema) },
    }),
    door.editors,
    streamInPath,
    checked('query', revisionQuery),
    async (context) => {
      const { name } = context.req.valid('param');
      const { revision } = context.req.valid('query');
      const put = withSecrets(await context.req.text(), herd.stream(name), revision);
      if (!put.ok) return answerRefusal(context, put);
      const change = await herd.putStream(name, put.text, put.seen);
      if (!change.ok) return answerRefusal(context, change);
      acted(context, herd, { stream: name, why: change.created ? 'it is defined' : 'its definition is replaced' });
      return context.json({ stream: name, created: change.created, why: change.why }, change.created ? 201 : 200);
    },
  );
}

function addDelete(app: App, { herd, door }: ApiParts): void {
  app.delete(
    '/api/v1/streams/:name{.+}',
    describedChange({
      summary: 'Remove a stream',
      responses: { 200: answer('Removed.', streamChangeSchema), ...MISSING },
    }),
    door.editors,
    streamInPath,
    checked('query', revisionQuery),
    async (context) => {
      const { name } = context.req.valid('param');
      const change = await herd.deleteStream(name, context.req.valid('query').revision);
      if (!change.ok) return answerRefusal(context, change);
      acted(context, herd, { stream: name, why: 'its definition is removed' });
      return context.json({ stream: name, why: change.why });
    },
  );
}

type Put = { readonly ok: true; readonly text: string; readonly seen?: number | undefined } | Refusal;

/** What is put for `text`. Secrets come from the definition in force, so it must still be that one when the new one is written. */
function withSecrets(text: string, before: StreamDetail | undefined, seen: number | undefined): Put {
  const parsed = parseDefinition(text);
  // The control thread says what is wrong with it.
  if (!parsed.ok || !hidesAny(parsed.definition)) return { ok: true, text, seen };
  if (seen !== undefined && seen !== (before?.revision ?? 0)) {
    return { ok: false, status: 409, error: 'it was changed by another client since it was read: look again' };
  }
  const whole = wholeDefinition(parsed.definition, before);
  return whole.ok ? { ok: true, text: printDefinition(whole.definition), seen: before?.revision } : whole;
}
