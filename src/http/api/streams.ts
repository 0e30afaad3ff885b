import { match } from 'ts-pattern';
import { z } from 'zod';
import { definitionValue } from '../../domain/definition/stream-definition-schema.ts';
import { moveOrder } from '../../domain/herd-event.ts';
import { streamChangeSchema, streamDetailSchema, streamsSchema, whereSchema } from './answers.ts';
import {
  type ApiParts,
  type App,
  acted,
  answerListing,
  answerRefusal,
  answerVersion,
  badRequest,
  jsonObject,
  staleness,
} from './app.ts';
import { shownDefinition } from './definitions/whole-definition.ts';
import {
  answer,
  BAD,
  checked,
  described,
  describedChange,
  describedForAll,
  MISSING,
  NOT_MODIFIED,
  streamInPath,
  UNAVAILABLE,
} from './openapi.ts';

/** Streams on one page of the list. */
const MAX_PAGE = 1000;

const LIMIT_EXPECTED = `expected limit=1 to ${MAX_PAGE}`;
const pageQuery = z.object({
  limit: z.coerce
    .number(LIMIT_EXPECTED)
    .int(LIMIT_EXPECTED)
    .min(1, LIMIT_EXPECTED)
    .max(MAX_PAGE, LIMIT_EXPECTED)
    .meta({ description: 'At most so many.' })
    .optional(),
  after: z
    .string()
    .meta({ description: 'Only streams whose name comes after this one: `next` of the page before.' })
    .optional(),
});
const Move = z.object({ server: z.string().min(1) });

export function addStreams(app: App, parts: ApiParts): void {
  addReading(app, parts);
  addMove(app, parts);
  addWhere(app, parts);
}

function addReading(app: App, { herd, door }: ApiParts): void {
  app.get(
    '/api/v1/streams',
    described({
      summary: 'All streams: which server captures each, since when and why',
      description:
        'The whole list, or with limit or after a page of it, sorted by name. Its ETag is the version of the herd: with ' +
        'If-None-Match it is sent only when something has changed, and /api/v1/changes goes on from there.',
      responses: { 200: answer('The streams.', streamsSchema), ...NOT_MODIFIED, ...BAD },
    }),
    checked('query', pageQuery),
    (context) => {
      const { limit, after } = context.req.valid('query');
      if (limit === undefined && after === undefined) return answerListing(context, herd.listing('streams'));
      const page = () => JSON.stringify({ ...herd.page(limit ?? MAX_PAGE, after), ...staleness(herd) });
      return answerVersion(context, herd.version(), page);
    },
  );

  app.get(
    '/api/v1/streams/:name{.+}',
    describedForAll({
      summary: 'A stream and its definition',
      description:
        'Passwords within URLs are replaced by *** unless the request comes from a user who may change things.',
      responses: { 200: answer('The stream.', streamDetailSchema), ...BAD, ...MISSING },
    }),
    streamInPath,
    async (context) => {
      const { name } = context.req.valid('param');
      const detail = herd.stream(name);
      if (!detail) return answerRefusal(context, { ok: false, status: 404, error: `there is no stream ${name}` });
      const { status, definition, revision } = detail;
      const isTrusted = await door.showsSecretsTo(context);
      return context.json({
        ...staleness(herd),
        status,
        revision,
        ...(definition && { definition: definitionValue(isTrusted ? definition : shownDefinition(definition)) }),
      });
    },
  );
}

function addMove(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/streams/:name{.+}/move',
    describedChange({
      summary: 'Hand a stream to another server',
      body: Move,
      responses: { 200: answer('It is being handed over.', streamChangeSchema), ...MISSING },
    }),
    door.editors,
    streamInPath,
    async (context) => {
      const { name } = context.req.valid('param');
      const body = Move.safeParse(jsonObject(await context.req.text()));
      if (!body.success) return badRequest(context, 'expected a body like {"server": "s02"}');
      const { server } = body.data;
      const change = await herd.move(name, server);
      if (!change.ok) return answerRefusal(context, change);
      acted(context, herd, { stream: name, why: moveOrder(server) });
      return context.json({ stream: name, server, why: change.why });
    },
  );
}

/** The answer of the NATS service `where.<stream>`, over HTTP. */
function addWhere(app: App, { herd }: ApiParts): void {
  app.get(
    '/api/v1/where/:name{.+}',
    described({
      summary: 'The server that has a stream',
      responses: { 200: answer('It is captured there.', whereSchema), ...BAD, ...MISSING, ...UNAVAILABLE },
    }),
    streamInPath,
    (context) => {
      const { name } = context.req.valid('param');
      return match(herd.where(name))
        .with({ found: 'live' }, ({ found: _, ...where }) => context.json({ ...where, ...staleness(herd) }))
        .with({ found: 'nowhere' }, ({ why }) => answerRefusal(context, { ok: false, status: 503, error: why }))
        .with({ found: 'unknown' }, () =>
          answerRefusal(context, { ok: false, status: 404, error: `there is no stream ${name}` }),
        )
        .exhaustive();
    },
  );
}
