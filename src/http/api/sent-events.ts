/** Shows every proxy on the way, and the listener's own idle limit, that the quiet stream is alive. */
const PING_MS = 15_000;
/** How long a browser waits before it asks again. */
const RETRY_MS = 2000;

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-store',
  'X-Accel-Buffering': 'no',
} as const;

/** One message of an event stream. */
export interface SentEvent {
  readonly id: string;
  /** Absent: `message`, as EventSource calls it. */
  readonly event?: string;
  /** JSON. */
  readonly data: unknown;
}

/**
 * Server-sent events as the client takes them: the next one is asked for when the last one has gone, so a slow client holds
 * nothing back here. `abort` ends where they come from.
 */
export function sentEvents(events: AsyncIterable<SentEvent>, abort: AbortController, request: Request): Response {
  // hono drops the body of an answer to HEAD, and does not cancel it.
  if (request.method === 'HEAD') return new Response(null, { headers: HEADERS });
  request.signal.addEventListener('abort', () => abort.abort());
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  let ping: NodeJS.Timeout | undefined;
  const end = () => {
    clearInterval(ping);
    abort.abort();
    void iterator.return?.();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const say = (text: string) => controller.enqueue(encoder.encode(text));
        say(`retry: ${RETRY_MS}\n\n`);
        ping = setInterval(() => {
          // A client that does not read needs no sign of life.
          if ((controller.desiredSize ?? 0) > 0) say(': still here\n\n');
        }, PING_MS);
      },
      pull: async (controller) => {
        const { done, value } = await iterator.next().catch((error) => {
          end();
          throw error;
        });
        if (!done) controller.enqueue(encoder.encode(textOf(value)));
        else {
          end();
          controller.close();
        }
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
  return new Response(body, { headers: HEADERS });
}

function textOf({ id, event, data }: SentEvent): string {
  return `id: ${id}\n${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;
}
