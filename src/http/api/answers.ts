import { z } from 'zod';
import type { DefinitionProblem as Problem } from '../../domain/definition/definition-problem.ts';
import { definitionSchema } from '../../domain/definition/stream-definition-schema.ts';
import { type HerdEvent as Event, HERD_EVENT_KINDS } from '../../domain/herd-event.ts';
import { PROBLEM_KINDS } from '../../domain/peers/peer-findings.ts';
import * as status from '../../domain/status.ts';
import type { Readiness as Ready } from '../public/media-messages.ts';
import type { ApplyStepAnswer, HerdChange as Change } from './herd-api.ts';

/*
 * What the API answers with, for its description. Nothing is parsed by these schemas but in the tests, which hold real answers to
 * them; the compiler holds them to the types that the answers are made of.
 */

const text = z.string();
const count = z.int().min(0);
const said = (description: string) => text.meta({ description });
const time = text.meta({ format: 'date-time' });
const why = said('One sentence.');

type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;

/** The compiler refuses `schema` unless its values are those of `T`: each member of either is one of the other, of the same type. */
function named<T>() {
  return <S extends z.ZodType<T>>(
    id: string,
    schema: S & ([T, keyof T] extends [Frozen<z.output<S>>, keyof z.output<S>] ? unknown : never),
  ): S => (schema as S).meta({ id });
}

export const Stale = named<status.Stale>()('Stale', z.object({ since: time, why }));
/** Present while the answer may be old: the bus is away, and this is the last that was known. */
const stale = Stale.exactOptional();

const DefinitionProblem = named<Problem>()(
  'DefinitionProblem',
  z.object({ path: text, expected: text, found: text.exactOptional(), nearest: text.exactOptional() }),
);
export const ErrorAnswer = z
  .object({ error: why, problems: z.array(DefinitionProblem).exactOptional() })
  .meta({ id: 'Error' });

export const StreamDefinition = definitionSchema.meta({ id: 'StreamDefinition' });

const streamUrls = z.object({ hls: text, mpegts: text });

const StreamStatus = named<status.StreamStatus>()(
  'StreamStatus',
  z.object({
    name: text,
    title: text.exactOptional(),
    state: z.enum(status.STREAM_STATES),
    server: said('The live owner.').exactOptional(),
    epoch: count
      .meta({ description: 'Revision of the owner’s claim; a later owner has a larger one.' })
      .exactOptional(),
    since: time.exactOptional(),
    why,
    captureAt: said('The server that the stream is softly pinned to.').exactOptional(),
    unknownHome: z.literal(true).meta({ description: 'No server of the name in captureAt is known.' }).exactOptional(),
    bitrateKbps: z.number().exactOptional(),
    input: count.meta({ description: 'Index of the input in use, from 0.' }).exactOptional(),
    inputs: count.meta({ description: 'How many inputs its definition has.' }).exactOptional(),
    error: said('The last source error.').exactOptional(),
    remark: said('Why players will not play what is captured, and what to do.').exactOptional(),
    refused: said('Why the newest definition was refused; the last good one is in force.').exactOptional(),
    urls: streamUrls.exactOptional(),
  }),
);

const ServerProblem = named<status.ServerProblem>()(
  'ServerProblem',
  z.object({
    kind: said(`What servers check of each other: ${PROBLEM_KINDS.join(', ')}.`),
    why,
    since: time,
    by: z.array(text).meta({ description: 'The servers that find it.' }),
  }),
);
const ServerStatus = named<status.ServerStatus>()(
  'ServerStatus',
  z.object({
    name: text,
    state: z.enum(status.SERVER_STATES),
    session: text,
    since: time,
    why,
    url: text,
    capacity: z.number(),
    streams: count.meta({ description: 'Streams that it owns now.' }),
    problems: z.array(ServerProblem).exactOptional(),
  }),
);

export const Streams = z.object({ streams: z.array(StreamStatus), next: text.exactOptional(), stale });
export const Servers = z.object({ servers: z.array(ServerStatus), stale });

export const StreamDetail = z
  .object({ status: StreamStatus, definition: StreamDefinition.exactOptional(), stale })
  .meta({ id: 'StreamDetail' });
export const StreamChange = z
  .object({ stream: text, why, created: z.boolean().exactOptional(), server: text.exactOptional() })
  .meta({ id: 'StreamChange' });
export const ServerChange = z.object({ server: text, why }).meta({ id: 'ServerChange' });

export const Where = z
  .object({ stream: text, server: text, url: text, epoch: count, state: text, urls: streamUrls, stale })
  .meta({ id: 'Where' });

export const WhatIf = named<status.WhatIfAnswer>()(
  'WhatIf',
  z.object({
    without: text,
    moves: z.array(z.object({ stream: text, from: text, to: text, why })),
    nowhere: z.array(z.object({ stream: text, why })),
    servers: z.array(z.object({ name: text, before: count, after: count })),
  }),
);

/** The body of an `apply`. */
export const Apply = z
  .object({ file: said('server_name of the file.'), streams: z.record(text, StreamDefinition) })
  .meta({ id: 'Apply' });
const ApplyStep = named<ApplyStepAnswer>()(
  'ApplyStep',
  z.object({
    name: text,
    action: z.enum(['create', 'update', 'release', 'remove', 'leave', 'conflict']),
    why,
  }),
);
export const Applied = z.object({ dry_run: z.boolean(), why, steps: z.array(ApplyStep) }).meta({ id: 'Applied' });

export const HerdEvent = named<Event>()(
  'HerdEvent',
  z.object({
    at: time,
    kind: z.enum(HERD_EVENT_KINDS),
    server: said('The server that says it.'),
    session: text,
    stream: text.exactOptional(),
    subject: said('The server concerned, when it is another than the one that says it.').exactOptional(),
    epoch: count.exactOptional(),
    why,
    by: said('Of what an operator did: who, and from where.').exactOptional(),
    detail: z.record(text, z.union([text, z.number(), z.boolean()])).exactOptional(),
  }),
);

export const HerdChange = named<Change>()(
  'HerdChange',
  z.union([
    z.object({ version: text, reset: z.literal(true) }),
    z.object({
      version: text,
      streams: z.array(StreamStatus),
      removed: z.array(text).meta({ description: 'Streams that are not defined any more.' }),
      servers: z.array(ServerStatus).meta({ description: 'All of them, if any changed.' }).exactOptional(),
      stale: Stale.nullable(),
    }),
  ]),
);

export const Readiness = named<Ready>()('Readiness', z.object({ ready: z.boolean(), why, stale }));
export const Alive = z.object({ live: z.literal(true) });
export const StandsStill = z.object({ live: z.literal(false), why });
