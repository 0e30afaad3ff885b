import { match } from 'ts-pattern';
import type { WhereAnswer } from '../../domain/status.ts';
import type { Bus } from '../connection/bus.ts';
import { streamOfWhere, WHERE_SUBJECTS } from '../connection/subjects.ts';
import { type MicroAnswer, type MicroService, serveMicro } from './micro-service.ts';

export interface WhereServiceOptions {
  /** Semantic version of streamherd. */
  readonly version: string;
  /** This server's name, shown by `nats micro info`. */
  readonly server: string;
  /** Answers from memory, at once. */
  readonly where: (stream: string) => WhereAnswer;
  /** The service ended although it was not closed: its subjects are forbidden by the bus. */
  readonly onStopped: (why: string) => void;
}

const NOT_FOUND = 404;
const UNAVAILABLE = 503;

/**
 * `where.<stream>` as the NATS micro service `streamherd`. All servers are one queue group, so one of them answers, from
 * its memory: the answer needs no JetStream and comes also while that has no leader.
 */
export function serveWhere(
  bus: Bus,
  { version, server, where, onStopped }: WhereServiceOptions,
): Promise<MicroService> {
  return serveMicro(bus, {
    name: 'streamherd',
    version,
    description: 'Tells which server captures a stream',
    metadata: { server },
    endpoint: {
      name: 'where',
      subject: WHERE_SUBJECTS,
      metadata: { request: 'where.<stream>', reply: '{"stream","server","url","epoch","state","urls"}' },
      answer: (subject) => answer(subject, where),
    },
    onStopped,
  });
}

function answer(subject: string, where: (stream: string) => WhereAnswer): MicroAnswer {
  const stream = streamOfWhere(subject);
  if (stream === undefined) return refusal(NOT_FOUND, 'this is not a name that a stream may have');
  return match(where(stream))
    .with({ found: 'live' }, ({ stream, server, url, epoch, state, urls }) => {
      return { ok: true, text: JSON.stringify({ stream, server, url, epoch, state, urls }) } as const;
    })
    .with({ found: 'nowhere' }, ({ why }) => refusal(UNAVAILABLE, why))
    .with({ found: 'unknown' }, () => refusal(NOT_FOUND, `no stream ${stream}`))
    .exhaustive();
}

function refusal(code: number, why: string): MicroAnswer {
  return { ok: false, code, why, text: JSON.stringify({ error: why, code }) };
}
