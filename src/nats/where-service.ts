import { type ServiceMsg, Svcm } from '@nats-io/services';
import { match } from 'ts-pattern';
import type { WhereAnswer } from '../domain/status.ts';
import type { Bus } from './bus.ts';
import { streamOfWhere, WHERE_SUBJECTS } from './subjects.ts';

export interface WhereServiceOptions {
  /** Semantic version of streamherd. */
  readonly version: string;
  /** This server's name, shown by `nats micro info`. */
  readonly server: string;
  /** Answers from memory, at once. */
  readonly where: (stream: string) => WhereAnswer;
  /** The service ended although nobody closed it: its subjects are forbidden by the bus. */
  readonly onStopped: (why: string) => void;
}

const NOT_FOUND = 404;
const UNAVAILABLE = 503;

/**
 * `where.<stream>` as the NATS micro service `streamherd`. All servers are one queue group, so one of them answers, from
 * its memory: the answer needs no JetStream and comes also while that has no leader.
 */
export async function serveWhere(bus: Bus, options: WhereServiceOptions): Promise<{ close(): Promise<void> }> {
  const service = await new Svcm(bus.connection).add({
    name: 'streamherd',
    version: options.version,
    description: 'Tells which server captures a stream',
    metadata: { server: options.server },
    queue: 'q',
  });
  service.addEndpoint('where', {
    subject: WHERE_SUBJECTS,
    metadata: { request: 'where.<stream>', reply: '{"stream","server","url","epoch","state","urls"}' },
    handler: (error, message) => {
      if (error === null) answer(message, options.where);
    },
  });
  let closing = false;
  void service.stopped.then((error) => {
    if (!closing && !bus.connection.isClosed()) options.onStopped(error?.message ?? 'the where service ended');
  });
  await bus.flush();
  return {
    close: async () => {
      closing = true;
      await service.stop();
    },
  };
}

function answer(message: ServiceMsg, where: (stream: string) => WhereAnswer): void {
  const stream = streamOfWhere(message.subject);
  if (stream === undefined) {
    refuse(message, NOT_FOUND, 'no stream can have this name');
    return;
  }
  match(where(stream))
    .with({ found: 'live' }, ({ stream, server, url, epoch, state, urls }) => {
      message.respond(JSON.stringify({ stream, server, url, epoch, state, urls }));
    })
    .with({ found: 'nowhere' }, ({ why }) => refuse(message, UNAVAILABLE, why))
    .with({ found: 'unknown' }, () => refuse(message, NOT_FOUND, `no stream ${stream}`))
    .exhaustive();
}

/** The reason goes into a header of the service protocol, which holds one line, and into the body for whoever reads that. */
function refuse(message: ServiceMsg, code: number, why: string): void {
  message.respondError(code, oneLine(why), JSON.stringify({ error: why, code }));
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a header must not hold them.
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ');
}
