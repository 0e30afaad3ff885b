import type { Context } from 'hono';
import { z } from 'zod';
import { serverNameProblem } from '../../domain/records/server-name.ts';
import { serverChangeSchema, serversSchema, whatIfSchema } from './answers.ts';
import { type ApiEnv, type ApiParts, type App, acted, answerListing, answerRefusal } from './app.ts';
import type { Change, HerdApi } from './herd-api.ts';
import { answer, BAD, checked, described, describedChange, MISSING, NOT_MODIFIED, serverInPath } from './openapi.ts';

const WITHOUT_EXPECTED = 'expected a query like ?without=s02';
const whatIfQuery = z.object({
  without: z
    .string(WITHOUT_EXPECTED)
    .refine((text) => serverNameProblem(text) === undefined, WITHOUT_EXPECTED)
    .meta({ description: 'The server.' }),
});

export function addServers(app: App, { herd, door }: ApiParts): void {
  app.get(
    '/api/v1/servers',
    described({
      summary: 'All servers',
      description: 'The list has an ETag, as that of the streams.',
      responses: { 200: answer('All servers.', serversSchema), ...NOT_MODIFIED },
    }),
    (context) => answerListing(context, herd.listing('servers')),
  );
  app.delete(
    '/api/v1/servers/:name',
    describedChange({
      summary: 'Forget a server that is down',
      responses: { 200: answer('Forgotten.', serverChangeSchema), ...MISSING },
    }),
    door.editors,
    serverInPath,
    (context) => {
      const { name } = context.req.valid('param');
      return changed(context, herd, { server: name, done: 'is taken off the list' }, herd.removeServer(name));
    },
  );
  app.post(
    '/api/v1/servers/:name/drain',
    describedChange({
      summary: 'Hand all streams of a server to the others, and give it none',
      responses: { 200: answer('It is draining.', serverChangeSchema), ...MISSING },
    }),
    door.editors,
    serverInPath,
    (context) => {
      const { name } = context.req.valid('param');
      return changed(context, herd, { server: name, done: 'is to hand its streams to the others' }, herd.drain(name));
    },
  );
  app.post(
    '/api/v1/servers/:name/undrain',
    describedChange({
      summary: 'Let a drained server capture again',
      responses: { 200: answer('It is up.', serverChangeSchema), ...MISSING },
    }),
    door.editors,
    serverInPath,
    (context) => {
      const { name } = context.req.valid('param');
      return changed(context, herd, { server: name, done: 'may have streams again' }, herd.undrain(name));
    },
  );
}

export function addWhatIf(app: App, { herd }: ApiParts): void {
  app.get(
    '/api/v1/what-if',
    described({
      summary: 'Where the streams of a server would go if it died now',
      responses: { 200: answer('The plan.', whatIfSchema), ...BAD, ...MISSING },
    }),
    checked('query', whatIfQuery),
    async (context) => {
      const change = await herd.whatIf(context.req.valid('query').without);
      return change.ok ? context.json(change.answer) : answerRefusal(context, change);
    },
  );
}

/** `done`: what is true of the server now. */
async function changed(
  context: Context<ApiEnv>,
  herd: HerdApi,
  { server, done }: { readonly server: string; readonly done: string },
  changing: Promise<Change>,
): Promise<Response> {
  const change = await changing;
  if (!change.ok) return answerRefusal(context, change);
  acted(context, herd, { server, why: `${server} ${done}` });
  return context.json({ server, why: change.why });
}
