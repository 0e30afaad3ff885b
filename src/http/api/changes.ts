import { type ApiParts, type App, badRequest } from './app.ts';
import type { HerdApi } from './herd-api.ts';
import { type SentEvent, sentEvents } from './sent-events.ts';

const VERSION = /^[\w-]{1,40}$/;

/**
 * What changes in the herd, as server-sent events: a client reads the lists once and then hears what changed. It says from which
 * version on: that of a list is its ETag; a browser that reconnects says the last one in `Last-Event-ID`. A client that is slow gets
 * several changes as one.
 */
export function addChanges(app: App, { herd }: ApiParts): void {
  app.get('/api/v1/changes', (context) => {
    const since = context.req.header('last-event-id') ?? context.req.query('since') ?? herd.listing('servers').version;
    if (!VERSION.test(since))
      return badRequest(context, 'expected since=… with the version of a list, which is its ETag');
    const abort = new AbortController();
    return sentEvents(changesFrom(herd, since, abort.signal), abort, context.req.raw);
  });
}

async function* changesFrom(herd: HerdApi, since: string, signal: AbortSignal): AsyncGenerator<SentEvent> {
  for (let version = since; ; ) {
    const change = await herd.changesSince(version, signal);
    if (change === undefined) return;
    version = change.version;
    yield { id: version, event: 'reset' in change ? 'reset' : 'change', data: change };
  }
}
