import { z } from 'zod';
import { MAX_UNIX_MS, parseTime, TIME_EXPECTED } from '../../../archive/playback/playback-times.ts';
import { type ApiParts, type App, answerRefusal } from '../app.ts';
import { answer, BAD, checked, described, MISSING, streamInPath, UNAVAILABLE } from '../openapi.ts';
import {
  archivesSchema,
  changedArchiveSchema,
  serverArchiveSchema,
  streamArchiveSchema,
  streamArchivesSchema,
} from './archive-answers.ts';
import { addArchiveOrders, noServer, serverQuery } from './archive-orders.ts';
import { QUESTION_PATH, SIGNATURE_HEADER } from './herd-archive.ts';
import { herdReturnsSchema, serverReturnsSchema } from './return-answers.ts';

const MAX_PAGE = 1000;
const PAGE = 100;
const LIMIT_EXPECTED = `expected limit=1 to ${MAX_PAGE}`;
const streamQuery = serverQuery.extend({
  from: instant('from').optional(),
  until: instant('until').optional(),
  duration: z.coerce
    .number('duration: expected seconds')
    .positive('duration: expected seconds')
    .meta({ description: 'Seconds, instead of `until`.' })
    .optional(),
  limit: z.coerce
    .number(LIMIT_EXPECTED)
    .int(LIMIT_EXPECTED)
    .min(1, LIMIT_EXPECTED)
    .max(MAX_PAGE, LIMIT_EXPECTED)
    .meta({ description: 'At most so many packs of each server.' })
    .default(PAGE),
  after: z
    .string()
    .regex(/^\d{1,15}-\d{1,15}-\d{1,15}$/, 'expected after= with `next` of the page before')
    .meta({ description: '`next` of the page before. With `server`.' })
    .optional(),
});

export function addArchive(app: App, parts: ApiParts): void {
  addReading(app, parts);
  addReturns(app, parts);
  addArchiveOrders(app, parts);
  addQuestions(app, parts);
}

function addReading(app: App, { herd }: ApiParts): void {
  app.get(
    '/api/v1/archive',
    described({
      summary: 'What the archives of the servers have: their folders, and each stream',
      responses: { 200: answer('The archives.', archivesSchema), ...BAD, ...MISSING },
    }),
    checked('query', serverQuery),
    async (context) => {
      const { server } = context.req.valid('query');
      const said = await herd.archive.ask('overview', {}, server);
      if (said === undefined) return noServer(context, server);
      return context.json({ servers: said.answers, silent: said.silent });
    },
  );
  app.get(
    '/api/v1/archive/:name{.+}',
    described({
      summary: 'What each server has of a stream: times, gaps and why, what is kept, packs',
      description:
        'Also of a stream that is not defined any more. /<stream>/recording_status.json has all in one list.',
      responses: { 200: answer('The recordings.', streamArchivesSchema), ...BAD, ...MISSING },
    }),
    streamInPath,
    checked('query', streamQuery),
    async (context) => {
      const { name } = context.req.valid('param');
      const { server, from: fromMs = 0, until, duration, limit, after } = context.req.valid('query');
      const untilMs = until ?? (duration === undefined ? MAX_UNIX_MS : fromMs + duration * 1000);
      const said = await herd.archive.ask('recordings', { stream: name, fromMs, untilMs, limit, after }, server);
      if (said === undefined) return noServer(context, server);
      const servers = said.answers.filter(({ packs, kept }) => packs.length + kept.length > 0);
      const isDefined = herd.stream(name) !== undefined;
      if (servers.length === 0 && said.silent.length === 0 && !isDefined && after === undefined && fromMs === 0) {
        return answerRefusal(context, { ok: false, status: 404, error: `nothing of ${name} is recorded` });
      }
      return context.json({ stream: name, servers, silent: said.silent });
    },
  );
}

/** Beside `/api/v1/archive/:name`, not below it: a stream may be called `returns`. */
function addReturns(app: App, { herd }: ApiParts): void {
  app.get(
    '/api/v1/archive-returns',
    described({
      summary: 'What returns to the servers where it belongs: how much, from where, how fast, and what is stuck',
      responses: { 200: answer('By server.', herdReturnsSchema), ...BAD, ...MISSING },
    }),
    checked('query', serverQuery),
    async (context) => {
      const { server } = context.req.valid('query');
      const said = await herd.archive.ask('returns', {}, server);
      if (said === undefined) return noServer(context, server);
      return context.json({ servers: said.answers, silent: said.silent });
    },
  );
}

/** What servers ask each other. */
function addQuestions(app: App, { herd }: ApiParts): void {
  app.post(
    QUESTION_PATH,
    described({
      summary: 'One server of the herd asks another one about its archive',
      description: 'Signed by the cluster key. Not for clients.',
      responses: {
        200: answer(
          'The answer.',
          z.union([serverArchiveSchema, streamArchiveSchema, serverReturnsSchema, changedArchiveSchema]),
        ),
        403: answer('The signature is not that of a server of this herd.', z.object({ error: z.string() })),
        ...UNAVAILABLE,
      },
    }),
    async (context) => {
      const said = await herd.archive.answerPeer(await context.req.text(), context.req.header(SIGNATURE_HEADER) ?? '');
      return said.ok ? context.json(said.answer) : context.json({ error: said.why }, said.status);
    },
  );
}

function instant(word: string) {
  return z
    .string()
    .transform((text, context) => {
      const ms = parseTime(text);
      if (ms !== undefined) return ms;
      context.issues.push({ code: 'custom', input: text, message: `${word}: expected ${TIME_EXPECTED}` });
      return z.NEVER;
    })
    .meta({ description: TIME_EXPECTED });
}
