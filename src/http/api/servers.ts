import type { Context } from 'hono';
import { serverNameProblem } from '../../domain/records/server-name.ts';
import { type ApiEnv, type ApiParts, type App, acted, answerListing, answerRefusal, badRequest } from './app.ts';
import type { Change, HerdApi } from './herd-api.ts';

export function addServers(app: App, { herd, door }: ApiParts): void {
  const edit = door.editors;

  app.get('/api/v1/servers', (context) => answerListing(context, herd.listing('servers')));

  app.delete('/api/v1/servers/:name', edit, (context) =>
    changed(context, herd, 'is taken off the list', (server) => herd.removeServer(server)),
  );
  app.post('/api/v1/servers/:name/drain', edit, (context) =>
    changed(context, herd, 'is to hand its streams to the others', (server) => herd.drain(server)),
  );
  app.post('/api/v1/servers/:name/undrain', edit, (context) =>
    changed(context, herd, 'may have streams again', (server) => herd.undrain(server)),
  );

  app.get('/api/v1/what-if', async (context) => {
    const without = context.req.query('without') ?? '';
    if (serverNameProblem(without) !== undefined) return badRequest(context, 'expected a query like ?without=s02');
    const change = await herd.whatIf(without);
    return change.ok ? context.json(change.answer) : answerRefusal(context, change);
  });
}

async function changed(
  context: Context<ApiEnv>,
  herd: HerdApi,
  /** What is true of the server now. */
  done: string,
  perform: (server: string) => Promise<Change>,
): Promise<Response> {
  const server = context.req.param('name') ?? '';
  const problem = serverNameProblem(server);
  if (problem !== undefined) return badRequest(context, `bad server name: expected ${problem}`);
  const change = await perform(server);
  if (!change.ok) return answerRefusal(context, change);
  acted(context, herd, { server, why: `${server} ${done}` });
  return context.json({ server, why: change.why });
}
