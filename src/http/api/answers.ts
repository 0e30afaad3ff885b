import { z } from 'zod';
import type { DefinitionProblem } from '../../domain/definition/definition-problem.ts';
import { definitionSchema } from '../../domain/definition/stream-definition-schema.ts';
import { HERD_EVENT_KINDS, type HerdEvent } from '../../domain/herd-event.ts';
import { PROBLEM_KINDS } from '../../domain/peers/peer-findings.ts';
import { PUSH_STATES, type PushStatus } from '../../domain/push/push-status.ts';
import * as status from '../../domain/status.ts';
import type { Readiness } from '../public/media-messages.ts';
import type { ApplyStepAnswer, HerdChange } from './herd-api.ts';

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

export const staleSchema = named<status.Stale>()('Stale', z.object({ since: time, why }));
/** Present while the answer may be old: the bus is away, and this is the last that was known. */
const stale = staleSchema.exactOptional();

const definitionProblemSchema = named<DefinitionProblem>()(
  'DefinitionProblem',
  z.object({ path: text, expected: text, found: text.exactOptional(), nearest: text.exactOptional() }),
);
export const errorSchema = z
  .object({ error: why, problems: z.array(definitionProblemSchema).exactOptional() })
  .meta({ id: 'Error' });

export const streamDefinitionSchema = definitionSchema.meta({ id: 'StreamDefinition' });

const streamUrls = z.object({
  hls: text,
  mpegts: text,
  lowLatency: said('The list with low latency; absent where that is off.').exactOptional(),
});

const pushSchema = named<PushStatus>()(
  'PushStatus',
  z.object({ to: said('Without its key.'), state: z.enum(PUSH_STATES), why: why.exactOptional() }),
);

const streamStatusSchema = named<status.StreamStatus>()(
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
    home: said(
      'Where its recordings belong: captureAt, or the server that had it when it last moved for good.',
    ).exactOptional(),
    unknownHome: z.literal(true).meta({ description: 'No server of the name in captureAt is known.' }).exactOptional(),
    bitrateKbps: z.number().exactOptional(),
    input: count.meta({ description: 'Index of the input in use, from 0.' }).exactOptional(),
    inputs: count.meta({ description: 'How many inputs its definition has.' }).exactOptional(),
    sound: said('Codec of the sound of its source; what MPEG-TS cannot carry is encoded as AAC.').exactOptional(),
    error: said('The last source error.').exactOptional(),
    remark: said('Why players will not play what is captured, and what to do.').exactOptional(),
    pushes: z.array(pushSchema).meta({ description: 'Where its owner pushes it to.' }).exactOptional(),
    refused: said('Why the newest definition was refused; the last good one is in force.').exactOptional(),
    urls: streamUrls.exactOptional(),
  }),
);

const serverProblemSchema = named<status.ServerProblem>()(
  'ServerProblem',
  z.object({
    kind: said(`What servers check of each other: ${PROBLEM_KINDS.join(', ')}.`),
    why,
    since: time,
    by: z.array(text).meta({ description: 'The servers that find it.' }),
  }),
);
const serverStatusSchema = named<status.ServerStatus>()(
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
    problems: z.array(serverProblemSchema).exactOptional(),
  }),
);

export const streamsSchema = z.object({ streams: z.array(streamStatusSchema), next: text.exactOptional(), stale });
export const serversSchema = z.object({ servers: z.array(serverStatusSchema), stale });

export const streamDetailSchema = z
  .object({
    status: streamStatusSchema,
    definition: streamDefinitionSchema.exactOptional(),
    revision: count.meta({ description: 'Of the newest definition: a change that says it overwrites no other one.' }),
    stale,
  })
  .meta({ id: 'StreamDetail' });
export const streamChangeSchema = z
  .object({ stream: text, why, created: z.boolean().exactOptional(), server: text.exactOptional() })
  .meta({ id: 'StreamChange' });
export const serverChangeSchema = z.object({ server: text, why }).meta({ id: 'ServerChange' });

export const whereSchema = z
  .object({ stream: text, server: text, url: text, epoch: count, state: text, urls: streamUrls, stale })
  .meta({ id: 'Where' });

export const whatIfSchema = named<status.WhatIfAnswer>()(
  'WhatIf',
  z.object({
    without: text,
    moves: z.array(z.object({ stream: text, from: text, to: text, why })),
    nowhere: z.array(z.object({ stream: text, why })),
    servers: z.array(z.object({ name: text, before: count, after: count })),
  }),
);

/** The body of an `apply`. */
export const applySchema = z
  .object({ file: said('server_name of the file.'), streams: z.record(text, streamDefinitionSchema) })
  .meta({ id: 'Apply' });
const applyStepSchema = named<ApplyStepAnswer>()(
  'ApplyStep',
  z.object({
    name: text,
    action: z.enum(['create', 'update', 'release', 'remove', 'leave', 'conflict']),
    why,
  }),
);
export const appliedSchema = z
  .object({ dry_run: z.boolean(), why, steps: z.array(applyStepSchema) })
  .meta({ id: 'Applied' });

export const herdEventSchema = named<HerdEvent>()(
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

export const herdChangeSchema = named<HerdChange>()(
  'HerdChange',
  z.union([
    z.object({ version: text, reset: z.literal(true) }),
    z.object({
      version: text,
      streams: z.array(streamStatusSchema),
      removed: z.array(text).meta({ description: 'Streams that are not defined any more.' }),
      servers: z.array(serverStatusSchema).meta({ description: 'All of them, if any changed.' }).exactOptional(),
      stale: staleSchema.nullable(),
    }),
  ]),
);

export const readinessSchema = named<Readiness>()('Readiness', z.object({ ready: z.boolean(), why, stale }));
export const aliveSchema = z.object({ live: z.literal(true) });
export const standsStillSchema = z.object({ live: z.literal(false), why });
