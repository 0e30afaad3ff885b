import type { StreamDefinition } from '../../domain/definition/stream-definition.ts';
import { definitionValue } from '../../domain/definition/stream-definition-schema.ts';
import { scrubUrl } from '../../domain/text/secrets.ts';
import {
  type ApiParts,
  type App,
  acted,
  answerListing,
  answerRefusal,
  answerVersion,
  badRequest,
  staleness,
  streamOf,
} from './app.ts';
import { jsonObject } from './json-body.ts';

/** Streams on one page of the list. */
const MAX_PAGE = 1000;
/** What `scrubUrl` leaves of a password: a definition that was read without its passwords must not be written back. */
const SCRUBBED_PASSWORD = /\*\*\*@|=\*\*\*/;

export function addStreams(app: App, { herd, door }: ApiParts): void {
  const edit = door.editors;

  app.get('/api/v1/streams', (context) => {
    const { limit, after } = context.req.query();
    if (limit === undefined && after === undefined) return answerListing(context, herd.listing('streams'));
    const count = Number(limit ?? MAX_PAGE);
    if (!Number.isInteger(count) || count < 1 || count > MAX_PAGE)
      return badRequest(context, `expected limit=1 to ${MAX_PAGE}`);
    const page = () => JSON.stringify({ ...herd.page(count, after), ...staleness(herd) });
    return answerVersion(context, herd.version(), page);
  });

  app.get('/api/v1/streams/:name{.+}', async (context) => {
    const name = streamOf(context);
    if (name instanceof Response) return name;
    const detail = herd.stream(name);
    if (!detail) return answerRefusal(context, { ok: false, status: 404, error: `there is no stream ${name}` });
    const { status, definition } = detail;
    const isTrusted = await door.showsSecretsTo(context);
    return context.json({
      ...staleness(herd),
      status,
      ...(definition && { definition: isTrusted ? definitionValue(definition) : scrubbed(definition) }),
    });
  });

  app.put('/api/v1/streams/:name{.+}', edit, async (context) => {
    const name = streamOf(context);
    if (name instanceof Response) return name;
    const text = await context.req.text();
    if (SCRUBBED_PASSWORD.test(text)) {
      return badRequest(
        context,
        'the definition holds "***" where a password was: read it with edit_auth to get the password',
      );
    }
    const change = await herd.putStream(name, text);
    if (!change.ok) return answerRefusal(context, change);
    acted(context, herd, { stream: name, why: change.created ? 'it is defined' : 'its definition is replaced' });
    return context.json({ stream: name, created: change.created, why: change.why }, change.created ? 201 : 200);
  });

  app.delete('/api/v1/streams/:name{.+}', edit, async (context) => {
    const name = streamOf(context);
    if (name instanceof Response) return name;
    const change = await herd.deleteStream(name);
    if (!change.ok) return answerRefusal(context, change);
    acted(context, herd, { stream: name, why: 'its definition is removed' });
    return context.json({ stream: name, why: change.why });
  });

  app.post('/api/v1/streams/:name{.+}/move', edit, async (context) => {
    const name = streamOf(context);
    if (name instanceof Response) return name;
    const server = jsonObject(await context.req.text())?.server;
    if (typeof server !== 'string' || server === '')
      return badRequest(context, 'expected a body like {"server": "s02"}');
    const change = await herd.move(name, server);
    if (!change.ok) return answerRefusal(context, change);
    acted(context, herd, { stream: name, why: `it is to move to ${server}` });
    return context.json({ stream: name, server, why: change.why });
  });
}

function scrubbed(definition: StreamDefinition) {
  return definitionValue({ ...definition, inputs: definition.inputs.map(scrubUrl) });
}
