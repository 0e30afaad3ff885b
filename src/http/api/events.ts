import type { Context } from 'hono';
import { parseStreamName, streamNameProblem } from '../../domain/definition/stream-name.ts';
import { HERD_EVENT_KINDS, type HerdEvent, type HerdEventKind } from '../../domain/herd-event.ts';
import { type ApiEnv, type ApiParts, type App, badRequest } from './app.ts';
import type { EventQuery } from './herd-api.ts';
import { type SentEvent, sentEvents } from './sent-events.ts';

const MAX_HISTORY = 10_000;
/** Of a request that names no beginning and does not follow: otherwise it would get nothing. */
const DEFAULT_HISTORY = 100;

type ParsedQuery =
  | { readonly ok: true; readonly query: Omit<EventQuery, 'signal'> }
  | { readonly ok: false; readonly problem: string };

/**
 * The event log as server-sent events. The id of an event is its time: a browser that reconnects says the last one in
 * `Last-Event-ID`, and goes on from there. What happened in that very millisecond comes twice.
 */
export function addEvents(app: App, { herd }: ApiParts): void {
  app.get('/api/v1/events', (context) => {
    const parsed = readQuery(context);
    if (!parsed.ok) return badRequest(context, parsed.problem);
    const abort = new AbortController();
    const events = herd.events({ ...parsed.query, signal: abort.signal });
    return sentEvents(withIds(events), abort, context.req.raw);
  });
}

async function* withIds(events: AsyncIterable<HerdEvent>): AsyncGenerator<SentEvent> {
  for await (const event of events) yield { id: event.at, data: event };
}

function readQuery(context: Context<ApiEnv>): ParsedQuery {
  const { since = context.req.header('last-event-id'), follow = '1', stream, limit } = context.req.query();
  const kinds = (context.req.queries('kind') ?? []).flatMap((kind) => kind.split(',')).filter((kind) => kind !== '');
  if (since !== undefined && !/^\d{4}-\d\d-\d\dT/.test(since))
    return bad('expected since=… as in 2026-11-22T06:00:00Z');
  const sinceMs = since === undefined ? 0 : Date.parse(since);
  if (Number.isNaN(sinceMs)) return bad('expected since=… as in 2026-11-22T06:00:00Z');
  if (follow !== '0' && follow !== '1') return bad('expected follow=0 or follow=1');
  const history = limit === undefined ? defaultHistory(since, follow) : Number(limit);
  if (!Number.isInteger(history) || history < 0 || history > MAX_HISTORY)
    return bad(`expected limit=0 to ${MAX_HISTORY}`);
  if (!kinds.every(isKind)) return bad(`expected kind to be one of ${HERD_EVENT_KINDS.join(', ')}`);
  const name = stream === undefined ? undefined : parseStreamName(stream);
  if (stream !== undefined && name === undefined) return bad(`bad stream name: ${streamNameProblem(stream)}`);
  const query = {
    follow: follow === '1',
    history,
    ...(since !== undefined && { since: new Date(sinceMs).toISOString() }),
    ...(name !== undefined && { stream: name }),
    ...(kinds.length > 0 && { kinds }),
  };
  return { ok: true, query };
}

function defaultHistory(since: string | undefined, follow: string): number {
  if (since !== undefined) return MAX_HISTORY;
  return follow === '1' ? 0 : DEFAULT_HISTORY;
}

function isKind(text: string): text is HerdEventKind {
  return (HERD_EVENT_KINDS as readonly string[]).includes(text);
}

function bad(problem: string): ParsedQuery {
  return { ok: false, problem };
}
