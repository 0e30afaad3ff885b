import { z } from 'zod';
import { herdChangeSchema } from './answers.ts';
import type { ApiParts, App } from './app.ts';
import type { HerdApi } from './herd-api.ts';
import { answer, BAD, checked, described } from './openapi.ts';
import { type SentEvent, sentEvents } from './sent-events.ts';

const VERSION = /^[\w-]{1,40}$/;
const version = z.string().regex(VERSION, 'expected since=… with the version of a list, which is its ETag');
const changesQuery = z.object({
  since: version.meta({ description: 'The ETag of a list, without quotes. Absent: from now on.' }).optional(),
});
const changesHeader = z.object({
  'last-event-id': version.meta({ description: 'Stands for since, and comes first.' }).optional(),
});

/**
 * What changes in the herd, as server-sent events: a client reads the lists once and then hears what changed. It says from which
 * version on: that of a list is its ETag; a browser that reconnects says the last one in `Last-Event-ID`. A client that is slow gets
 * several changes as one.
 */
export function addChanges(app: App, { herd }: ApiParts): void {
  app.get(
    '/api/v1/changes',
    described({
      summary: 'What changes in the lists, as server-sent events',
      description:
        'Read the lists once, then follow from the version of the older of the two. Each `change` has a herdChangeSchema as JSON and a ' +
        'version as its id; Last-Event-ID stands for since. `reset`: too much has changed, or the server began anew; read the lists.',
      responses: { 200: answer('The changes.', herdChangeSchema, 'text/event-stream'), ...BAD },
    }),
    checked('query', changesQuery),
    checked('header', changesHeader),
    (context) => {
      const last = context.req.valid('header')['last-event-id'];
      const since = last ?? context.req.valid('query').since ?? herd.listing('servers').version;
      const abort = new AbortController();
      return sentEvents(changesFrom(herd, since, abort.signal), abort, context.req.raw);
    },
  );
}

async function* changesFrom(herd: HerdApi, since: string, signal: AbortSignal): AsyncGenerator<SentEvent> {
  for (let version = since; ; ) {
    const change = await herd.changesSince(version, signal);
    if (change === undefined) return;
    version = change.version;
    yield { id: version, event: 'reset' in change ? 'reset' : 'change', data: change };
  }
}
