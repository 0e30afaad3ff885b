import { definitionJsonSchema } from '../../domain/definition/stream-definition-schema.ts';
import { HERD_EVENT_KINDS } from '../../domain/herd-event.ts';
import { PROBLEM_KINDS } from '../../domain/peers/peer-findings.ts';
import { SERVER_STATES, STREAM_STATES } from '../../domain/status.ts';

type Schema = Readonly<Record<string, unknown>>;

const string: Schema = { type: 'string' };
const number: Schema = { type: 'number' };
const integer: Schema = { type: 'integer' };
const time: Schema = { type: 'string', format: 'date-time' };
const why: Schema = { type: 'string', description: 'One sentence.' };

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const list = (items: Schema): Schema => ({ type: 'array', items });

/** An object whose properties are all required but those named after `optional`. */
export function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  return { type: 'object', properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

export function schemas(): Readonly<Record<string, Schema>> {
  const { $schema: _, ...definition } = definitionJsonSchema();
  return { ...answers, StreamDefinition: definition };
}

/** Present while the answer may be old: the bus is away, and this is the last that was known. */
export const stale: Schema = ref('Stale');

const streamUrls = object({ hls: string, mpegts: string });

const answers: Readonly<Record<string, Schema>> = {
  Error: object({ error: why, problems: list(ref('DefinitionProblem')) }, ['problems']),
  DefinitionProblem: object({ path: string, expected: string, found: string, nearest: string }, ['found', 'nearest']),
  StreamStatus: object(
    {
      name: string,
      title: string,
      state: { enum: STREAM_STATES },
      server: { type: 'string', description: 'The live owner.' },
      epoch: { type: 'integer', description: 'Revision of the owner’s claim; a later owner has a larger one.' },
      since: time,
      why,
      captureAt: { type: 'string', description: 'The server that the stream is softly pinned to.' },
      unknownHome: { const: true, description: 'No server of the name in captureAt is known.' },
      bitrateKbps: number,
      input: { type: 'integer', description: 'Index of the input in use, from 0.' },
      inputs: { type: 'integer', description: 'How many inputs its definition has.' },
      error: { type: 'string', description: 'The last source error.' },
      remark: { type: 'string', description: 'Why players will not play what is captured, and what to do.' },
      refused: { type: 'string', description: 'Why the newest definition was refused; the last good one is in force.' },
      urls: streamUrls,
    },
    [
      ...['title', 'server', 'epoch', 'since', 'captureAt', 'unknownHome', 'bitrateKbps', 'input', 'inputs'],
      ...['error', 'remark', 'refused', 'urls'],
    ],
  ),
  ServerStatus: object(
    {
      name: string,
      state: { enum: SERVER_STATES },
      session: string,
      since: time,
      why,
      url: string,
      capacity: number,
      streams: { type: 'integer', description: 'Streams that it owns now.' },
      problems: list(ref('ServerProblem')),
    },
    ['problems'],
  ),
  ServerProblem: object({
    kind: { type: 'string', description: `What servers check of each other: ${PROBLEM_KINDS.join(', ')}.` },
    why,
    since: time,
    by: { ...list(string), description: 'The servers that find it.' },
  }),
  Stale: object({ since: time, why }),
  StreamDetail: object({ status: ref('StreamStatus'), definition: ref('StreamDefinition'), stale }, [
    'definition',
    'stale',
  ]),
  StreamChange: object({ stream: string, why, created: { type: 'boolean' }, server: string }, ['created', 'server']),
  ServerChange: object({ server: string, why }),
  Where: object(
    { stream: string, server: string, url: string, epoch: integer, state: string, urls: streamUrls, stale },
    ['stale'],
  ),
  WhatIf: object({
    without: string,
    moves: list(object({ stream: string, from: string, to: string, why })),
    nowhere: list(object({ stream: string, why })),
    servers: list(object({ name: string, before: integer, after: integer })),
  }),
  Apply: object({
    file: { ...string, description: 'server_name of the file.' },
    streams: { type: 'object', additionalProperties: ref('StreamDefinition') },
  }),
  Applied: object({
    dry_run: { type: 'boolean' },
    why,
    steps: list(
      object({ name: string, action: { enum: ['create', 'update', 'release', 'remove', 'leave', 'conflict'] }, why }),
    ),
  }),
  HerdEvent: object(
    {
      at: time,
      kind: { enum: HERD_EVENT_KINDS },
      server: { type: 'string', description: 'The server that says it.' },
      session: string,
      stream: string,
      subject: { type: 'string', description: 'The server concerned, when it is another than the one that says it.' },
      epoch: integer,
      why,
      by: { type: 'string', description: 'Of what an operator did: who, and from where.' },
      detail: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
    },
    ['stream', 'subject', 'epoch', 'by', 'detail'],
  ),
  HerdChange: object(
    {
      version: string,
      streams: list(ref('StreamStatus')),
      removed: list(string),
      servers: list(ref('ServerStatus')),
      stale: { type: ['object', 'null'] },
      reset: { const: true },
    },
    ['streams', 'removed', 'servers', 'stale', 'reset'],
  ),
  Readiness: object({ ready: { type: 'boolean' }, why, stale }, ['stale']),
};
