import { HERD_EVENT_KINDS } from '../../domain/herd-event.ts';
import { list, object, ref, stale } from './openapi-schemas.ts';

type Json = Readonly<Record<string, unknown>>;

const json = (schema: Json): Json => ({ 'application/json': { schema } });
const ok = (description: string, schema: Json): Json => ({ description, content: json(schema) });
const error = (description: string): Json => ok(description, ref('Error'));
const path = (name: string, description: string): Json => ({
  ...{ name, in: 'path', required: true, schema: { type: 'string' }, description },
});
const query = (name: string, schema: Json, description: string): Json => ({ name, in: 'query', schema, description });

const streamName = path('name', 'A stream. May hold slashes.');
const serverName = path('name', 'A server.');

const BAD = { '400': error('The request is not understood; the error says what was expected.') };
const NOT_MODIFIED = { '304': { description: 'The client has this version.' } };
const MISSING = { '404': error('There is no such stream or server.') };
const UNAVAILABLE = { '503': error('Not right now; the error says why. Ask again after Retry-After.') };
/** What every change may be answered with. */
const CHANGE = {
  ...BAD,
  '401': error('A user and password of edit_auth are needed.'),
  '403': error('This user may not change things, or nobody may from there.'),
  '409': error('Somebody else changed it just now, or its state forbids it.'),
  '429': error('Too many wrong passwords from there. Ask again after Retry-After.'),
  ...UNAVAILABLE,
};
const edit = { security: [{ edit_auth: [] }] };

const STREAMS: Readonly<Record<string, Json>> = {
  '/api/v1/streams': {
    get: {
      summary: 'All streams: which server captures each, since when and why',
      description:
        'The whole list, or with limit or after a page of it, sorted by name. Its ETag is the version of the herd: with ' +
        'If-None-Match it is sent only when something has changed, and /api/v1/changes goes on from there.',
      parameters: [
        query('limit', { type: 'integer', minimum: 1, maximum: 1000 }, 'At most so many.'),
        query('after', { type: 'string' }, 'Only streams whose name comes after this one: `next` of the page before.'),
      ],
      responses: {
        '200': ok(
          'The streams.',
          object({ streams: list(ref('StreamStatus')), next: { type: 'string' }, stale }, ['next', 'stale']),
        ),
        ...NOT_MODIFIED,
        ...BAD,
      },
    },
  },
  '/api/v1/streams/{name}': {
    get: {
      summary: 'A stream and its definition',
      description:
        'Passwords within URLs are replaced by *** unless the request comes from a user who may change things.',
      parameters: [streamName],
      security: [{}, { edit_auth: [] }],
      responses: { '200': ok('The stream.', ref('StreamDetail')), ...BAD, ...MISSING },
    },
    put: {
      summary: 'Publish a definition',
      ...edit,
      parameters: [streamName],
      requestBody: { required: true, content: json(ref('StreamDefinition')) },
      responses: { '200': ok('Updated.', ref('StreamChange')), '201': ok('Created.', ref('StreamChange')), ...CHANGE },
    },
    delete: {
      summary: 'Remove a stream',
      ...edit,
      parameters: [streamName],
      responses: { '200': ok('Removed.', ref('StreamChange')), ...CHANGE, ...MISSING },
    },
  },
  '/api/v1/streams/{name}/move': {
    post: {
      summary: 'Hand a stream to another server',
      ...edit,
      parameters: [streamName],
      requestBody: { required: true, content: json(object({ server: { type: 'string' } })) },
      responses: { '200': ok('It is being handed over.', ref('StreamChange')), ...CHANGE, ...MISSING },
    },
  },
  '/api/v1/where/{name}': {
    get: {
      summary: 'The server that has a stream',
      parameters: [streamName],
      responses: { '200': ok('It is captured there.', ref('Where')), ...BAD, ...MISSING, ...UNAVAILABLE },
    },
  },
  '/api/v1/apply': {
    post: {
      summary: 'Apply the stream blocks of a configuration file',
      description:
        'What an earlier version of the file applied and this one no longer holds is removed; what others published stays.',
      ...edit,
      parameters: [query('dry_run', { enum: ['0', '1'] }, '1: only say what would be done.')],
      requestBody: { required: true, content: json(ref('Apply')) },
      responses: { '200': ok('What was done.', ref('Applied')), ...CHANGE },
    },
  },
};

const SERVERS: Readonly<Record<string, Json>> = {
  '/api/v1/servers': {
    get: {
      summary: 'All servers',
      description: 'The list has an ETag, as that of the streams.',
      responses: {
        '200': ok('All servers.', object({ servers: list(ref('ServerStatus')), stale }, ['stale'])),
        ...NOT_MODIFIED,
      },
    },
  },
  '/api/v1/servers/{name}': {
    delete: {
      summary: 'Forget a server that is down',
      ...edit,
      parameters: [serverName],
      responses: { '200': ok('Forgotten.', ref('ServerChange')), ...CHANGE, ...MISSING },
    },
  },
  '/api/v1/servers/{name}/drain': {
    post: {
      summary: 'Hand all streams of a server to the others, and give it none',
      ...edit,
      parameters: [serverName],
      responses: { '200': ok('It is draining.', ref('ServerChange')), ...CHANGE, ...MISSING },
    },
  },
  '/api/v1/servers/{name}/undrain': {
    post: {
      summary: 'Let a drained server capture again',
      ...edit,
      parameters: [serverName],
      responses: { '200': ok('It is up.', ref('ServerChange')), ...CHANGE, ...MISSING },
    },
  },
  '/api/v1/what-if': {
    get: {
      summary: 'Where the streams of a server would go if it died now',
      parameters: [{ ...query('without', { type: 'string' }, 'The server.'), required: true }],
      responses: { '200': ok('The plan.', ref('WhatIf')), ...BAD, ...MISSING },
    },
  },
};

const WATCHING: Readonly<Record<string, Json>> = {
  '/api/v1/events': {
    get: {
      summary: 'What happened and happens, as server-sent events',
      description: 'The data of each is a HerdEvent as JSON, its id the time; Last-Event-ID stands for since.',
      parameters: [
        query('since', { type: 'string', format: 'date-time' }, 'Begin with what happened then.'),
        query('follow', { enum: ['0', '1'], default: '1' }, '0: end after the past.'),
        query(
          'limit',
          { type: 'integer', minimum: 0, maximum: 10_000 },
          'At most so many events of the past, the newest.',
        ),
        query('stream', { type: 'string' }, 'Only of this stream.'),
        query(
          'kind',
          { type: 'array', items: { enum: HERD_EVENT_KINDS } },
          'Only of these kinds; repeated or with commas.',
        ),
      ],
      responses: {
        '200': { description: 'The events.', content: { 'text/event-stream': { schema: ref('HerdEvent') } } },
        ...BAD,
      },
    },
  },
  '/api/v1/changes': {
    get: {
      summary: 'What changes in the lists, as server-sent events',
      description:
        'Read the lists once, then follow from the version of the older of the two. Each `change` has a HerdChange as JSON and a ' +
        'version as its id; Last-Event-ID stands for since. `reset`: too much has changed, or the server began anew; read the lists.',
      parameters: [query('since', { type: 'string' }, 'The ETag of a list, without quotes. Absent: from now on.')],
      responses: {
        '200': { description: 'The changes.', content: { 'text/event-stream': { schema: ref('HerdChange') } } },
        ...BAD,
      },
    },
  },
  '/metrics': {
    get: {
      summary: 'Metrics in the Prometheus text format',
      responses: { '200': { description: 'The metrics.', content: { 'text/plain': { schema: { type: 'string' } } } } },
    },
  },
  '/livez': {
    get: {
      summary: 'The control thread of the server turns',
      responses: {
        '200': ok('It does.', object({ live: { const: true } })),
        '503': ok('It stands still.', object({ live: { const: false }, why: { type: 'string' } })),
      },
    },
  },
  '/readyz': {
    get: {
      summary: 'The server has joined the herd and may capture',
      responses: { '200': ok('It is ready.', ref('Readiness')), '503': ok('It is not.', ref('Readiness')) },
    },
  },
  '/api/v1/openapi.json': {
    get: { summary: 'This description', responses: { '200': ok('It.', { type: 'object' }) } },
  },
};

export const PATHS: Readonly<Record<string, Json>> = { ...STREAMS, ...SERVERS, ...WATCHING };
