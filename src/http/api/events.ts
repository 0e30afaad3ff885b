import { z } from 'zod';
import { parseStreamName, streamNameProblem } from '../../domain/definition/stream-name.ts';
import { HERD_EVENT_KINDS, type HerdEvent } from '../../domain/herd-event.ts';
import { herdEventSchema } from './answers.ts';
import type { ApiParts, App } from './app.ts';
import { answer, BAD, checked, described } from './openapi.ts';
import { type SentEvent, sentEvents } from './sent-events.ts';

const MAX_HISTORY = 10_000;
/** Of a request that names no beginning and does not follow: otherwise it would get nothing. */
const DEFAULT_HISTORY = 100;

const TIME_EXPECTED = 'expected since=… as in 2026-11-22T06:00:00Z';
const time = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)), TIME_EXPECTED);
const LIMIT_EXPECTED = `expected limit=0 to ${MAX_HISTORY}`;
const eventsQuery = z.object({
  since: time.meta({ format: 'date-time', description: 'Begin with what happened then.' }).optional(),
  follow: z
    .enum(['0', '1'], 'expected follow=0 or follow=1')
    .default('1')
    .meta({ description: '0: end after the past.' }),
  limit: z.coerce
    .number(LIMIT_EXPECTED)
    .int(LIMIT_EXPECTED)
    .min(0, LIMIT_EXPECTED)
    .max(MAX_HISTORY, LIMIT_EXPECTED)
    .meta({ description: 'At most so many events of the past, the newest.' })
    .optional(),
  stream: z
    .string()
    .meta({ description: 'Only of this stream.' })
    .transform((text, context) => {
      const name = parseStreamName(text);
      if (name !== undefined) return name;
      context.issues.push({ code: 'custom', input: text, message: `bad stream name: ${streamNameProblem(text)}` });
      return z.NEVER;
    })
    .optional(),
  kind: z
    .preprocess(
      (given) => [given].flat().flatMap((kinds) => String(kinds).split(',').filter(Boolean)),
      z.array(z.enum(HERD_EVENT_KINDS, `expected kind to be one of ${HERD_EVENT_KINDS.join(', ')}`)),
    )
    .meta({ description: 'Only of these kinds; repeated or with commas.' })
    .optional(),
});
const eventsHeader = z.object({
  'last-event-id': time.meta({ description: 'Stands for since, where that is absent.' }).optional(),
});

/**
 * The event log as server-sent events. The id of an event is its time: a browser that reconnects says the last one in
 * `Last-Event-ID`, and goes on from there. Events of exactly that millisecond come twice.
 */
export function addEvents(app: App, { herd }: ApiParts): void {
  app.get(
    '/api/v1/events',
    described({
      summary: 'What happened and happens, as server-sent events',
      description: 'The data of each is a herdEventSchema as JSON, its id the time; Last-Event-ID stands for since.',
      responses: { 200: answer('The events.', herdEventSchema, 'text/event-stream'), ...BAD },
    }),
    checked('query', eventsQuery),
    checked('header', eventsHeader),
    (context) => {
      const { stream, kind: kinds = [], ...query } = context.req.valid('query');
      const since = query.since ?? context.req.valid('header')['last-event-id'];
      const follow = query.follow === '1';
      const abort = new AbortController();
      const events = herd.events({
        follow,
        history: query.limit ?? defaultHistory(since, follow),
        ...(since !== undefined && { since: new Date(since).toISOString() }),
        ...(stream !== undefined && { stream }),
        ...(kinds.length > 0 && { kinds }),
        signal: abort.signal,
      });
      return sentEvents(withIds(events), abort, context.req.raw);
    },
  );
}

async function* withIds(events: AsyncIterable<HerdEvent>): AsyncGenerator<SentEvent> {
  for await (const event of events) yield { id: event.at, data: event };
}

function defaultHistory(since: string | undefined, follow: boolean): number {
  if (since !== undefined) return MAX_HISTORY;
  return follow ? 0 : DEFAULT_HISTORY;
}
