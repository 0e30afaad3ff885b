import { setTimeout as sleep } from 'node:timers/promises';
import type { HerdEvent } from '../../domain/herd-event.ts';
import { scrubbed } from '../../domain/text/secrets.ts';
import { parseDurationMs } from '../../domain/text/units.ts';
import type { ApiClient } from '../api-client.ts';
import { type Command, CommandFailure, DONE, Misuse, optionOf, SERVER_OPTIONS } from '../command.ts';
import { connect } from '../connection.ts';
import { serverSentEvents } from '../server-sent-events.ts';
import type { Terminal } from '../terminal.ts';

export const events: Command = {
  name: 'events',
  summary: 'Show what happened in the herd, and why',
  positionals: [],
  options: {
    follow: { short: 'f', summary: 'go on with what happens from now on, until Ctrl-C' },
    since: { value: 'TIME', summary: 'how far back: a duration like 10m or 2h, or an ISO 8601 time (default 1h)' },
    ...SERVER_OPTIONS,
    json: { summary: 'one JSON object a line' },
  },
  details: ['Events are kept for 7 days; of more than 128 MiB, some 400,000 events, the newest.'],
  example: 'events --since 10m --follow',
  async run(invocation) {
    const { options, terminal } = invocation;
    const since = instantOf(optionOf(invocation, 'since') ?? '1h', Date.now());
    const follow = options.has('follow');
    const api = await connect(invocation);
    const show = (event: HerdEvent) => {
      terminal.print(options.has('json') ? JSON.stringify(scrubbed(event)) : lineOf(event));
    };
    if (!follow) {
      for await (const event of eventsOf(api, since, '&follow=0')) show(event);
      return DONE;
    }
    return followEvents(api, since, show, terminal);
  },
};

const RECONNECT_MS = 1000;
/** Events of the time just before a break, which are sent again after it. */
const MAX_REMEMBERED = 1000;

/**
 * A feed ends when its server does, or when nothing happens for minutes; a user who follows a failover wants to see the end of it.
 * Only a first connection that fails is a failure.
 */
async function followEvents(
  api: ApiClient,
  since: string,
  show: (event: HerdEvent) => void,
  terminal: Terminal,
): Promise<never> {
  const seen = new Set<string>();
  let from = since;
  let connected = false;
  for (;;) {
    try {
      for await (const event of eventsOf(api, from, '&follow=1')) {
        connected = true;
        const text = JSON.stringify(event);
        if (seen.has(text)) continue;
        seen.add(text);
        for (const oldest of seen) if (seen.size > MAX_REMEMBERED) seen.delete(oldest);
        from = event.at;
        show(event);
      }
      connected = true;
      terminal.complain('the server ended the feed of events; asking again');
    } catch (error) {
      if (!connected || !(error instanceof CommandFailure)) throw error;
      terminal.complain(error.message);
    }
    await sleep(RECONNECT_MS);
  }
}

async function* eventsOf(api: ApiClient, since: string, more: string): AsyncGenerator<HerdEvent> {
  yield* serverSentEvents<HerdEvent>(api.stream(`events?since=${encodeURIComponent(since)}${more}`));
}

/** @throws Misuse */
function instantOf(text: string, nowMs: number): string {
  const ms = parseDurationMs(text);
  const instant = new Date(ms === undefined ? text : nowMs - ms);
  if (Number.isNaN(instant.getTime()))
    throw new Misuse(`--since ${text}: expected a duration like 10m, or an ISO 8601 time`);
  return instant.toISOString();
}

function lineOf({ at, kind, server, stream, subject, why, by }: HerdEvent): string {
  const about = [stream, subject].filter((word) => word !== undefined).join(' ');
  return `${at}  ${server}  ${kind}${about === '' ? '' : `  ${about}`}  ${why}${by === undefined ? '' : ` (${by})`}`;
}
