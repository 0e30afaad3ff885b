import { Hono, type MiddlewareHandler } from 'hono';
import { type DescribeRouteOptions, describeRoute, generateSpecs, resolver, validator } from 'hono-openapi';
import { z } from 'zod';
import { parseStreamName, streamNameProblem } from '../../domain/definition/stream-name.ts';
import { serverNameProblem } from '../../domain/records/server-name.ts';
import { aliveSchema, errorSchema, readinessSchema, standsStillSchema } from './answers.ts';
import { type ApiEnv, type App, badRequest } from './app.ts';

/*
 * Each route describes its requests and answers beside its handler, and hono-openapi makes the description of the API from
 * that. Queries and names are checked by the very schemas that describe them. Bodies are not: hono's validators want a
 * Content-Type, and `curl -d` says another than JSON. Rejected: @hono/zod-openapi, whose handlers must return what the schemas
 * describe as values, where the lists are bytes that were made once for all readers; and it cannot write down a path whose last part
 * holds slashes.
 */

// The library would load its converter for zod's schemas at the first use. A server may run longer than the files of its package stay, because
// an upgrade replaces them. So the converter is loaded together with this file.
void resolver(z.string()).toOpenAPISchema();

type Responses = NonNullable<DescribeRouteOptions['responses']>;

interface Described {
  readonly summary: string;
  readonly description?: string;
  /** Schema of the JSON in the request. */
  readonly body?: z.ZodType;
  /** Beside what the kind of the route may be answered with. */
  readonly responses: Responses;
}

export const answer = (description: string, schema: z.ZodType, type = 'application/json') => ({
  description,
  content: { [type]: { schema: resolver(schema) } },
});

export const BAD: Responses = {
  400: answer('The request is not understood; the error says what was expected.', errorSchema),
};
export const NOT_MODIFIED: Responses = { 304: { description: 'The client has this version.' } };
export const MISSING: Responses = { 404: answer('There is no such stream or server.', errorSchema) };
export const UNAVAILABLE: Responses = {
  503: answer('Not right now; the error says why. Ask again after Retry-After.', errorSchema),
};
/** What every change may be answered with. */
const CHANGE: Responses = {
  ...BAD,
  401: answer('A user and password of edit_auth are needed.', errorSchema),
  403: answer('This user may not change things, or no user may from there.', errorSchema),
  409: answer('Another client changed it just now, or its state forbids it.', errorSchema),
  429: answer('Too many wrong passwords from there. Ask again after Retry-After.', errorSchema),
  ...UNAVAILABLE,
};
const EDIT_AUTH = { edit_auth: [] };

export function described({ body, ...options }: Described, more: DescribeRouteOptions = {}): MiddlewareHandler<ApiEnv> {
  const requestBody = body && { required: true, content: { 'application/json': { schema: resolver(body) } } };
  return describeRoute({ ...options, ...(requestBody && { requestBody }), ...more });
}

/** A route that changes something. */
export function describedChange({ responses, ...options }: Described): MiddlewareHandler<ApiEnv> {
  return described({ ...options, responses: { ...responses, ...CHANGE } }, { security: [EDIT_AUTH] });
}

/** Every client may ask, and users who may change things get more. */
export function describedForAll(options: Described): MiddlewareHandler<ApiEnv> {
  return described(options, { security: [{}, EDIT_AUTH] });
}

/** The name of a stream in a path. */
export const streamName = z
  .string()
  .meta({ description: 'A stream. May hold slashes.' })
  .transform((text, context) => {
    const name = parseStreamName(text);
    if (name !== undefined) return name;
    context.issues.push({ code: 'custom', input: text, message: `bad stream name: ${streamNameProblem(text)}` });
    return z.NEVER;
  });
export const streamInPath = checked('param', z.object({ name: streamName }));
export const serverInPath = checked(
  'param',
  z.object({
    name: z
      .string()
      .superRefine((text, context) => {
        const expected = serverNameProblem(text);
        if (expected !== undefined) {
          context.addIssue({ code: 'custom', message: `bad server name: expected ${expected}` });
        }
      })
      .meta({ description: 'A server.' }),
  }),
);

/** Refuses what the schema does not take, with the sentence of its first issue. */
export function checked<Schema extends z.ZodType, Target extends 'param' | 'query' | 'header'>(
  target: Target,
  schema: Schema,
) {
  return validator<Schema, Target, ApiEnv, string>(target, schema, (result, context) =>
    result.success ? undefined : badRequest(context, result.error[0]?.message ?? 'the request is not understood'),
  );
}

/** Answered by the listener's thread, so that no work of the API delays them. */
const HEALTH = new Hono<ApiEnv>()
  .get(
    '/livez',
    described({
      summary: 'The control thread of the server turns',
      responses: { 200: answer('It does.', aliveSchema), 503: answer('It stands still.', standsStillSchema) },
    }),
  )
  .get(
    '/readyz',
    described({
      summary: 'The server has joined the herd and may capture',
      responses: { 200: answer('It is ready.', readinessSchema), 503: answer('It is not.', readinessSchema) },
    }),
  );

/** The description of the API, made when it is first asked for. */
export function addOpenApi(app: App): void {
  let made: ReturnType<typeof openApi> | undefined;
  app.get(
    '/api/v1/openapi.json',
    described({ summary: 'This description', responses: { 200: answer('It.', z.looseObject({})) } }),
    async (context) => {
      made ??= openApi(app);
      return context.json(await made);
    },
  );
}

const DESCRIPTION =
  'What a herd captures, where and why, and the means to change it. Every server answers for the whole herd. ' +
  'Changes need a user of edit_auth; where the configuration file has none, they are accepted by the socket in the ' +
  'data folder only. With view_auth everything but health needs a user. ' +
  'Names of streams may hold slashes, which need not be encoded. Errors are {"error": "one sentence"}.';

async function openApi(app: App) {
  // `openapi.json` is no static file.
  const options = { excludeStaticFile: false };
  const [api, health] = [await generateSpecs(app, options), await generateSpecs(HEALTH, options)];
  return {
    openapi: '3.1.0',
    info: {
      title: 'streamherd',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: DESCRIPTION,
    },
    paths: { ...api.paths, ...health.paths },
    components: {
      securitySchemes: {
        edit_auth: { type: 'http', scheme: 'basic', description: 'edit_auth or view_auth of the configuration file.' },
      },
      schemas: { ...api.components.schemas, ...health.components.schemas },
    },
  };
}
