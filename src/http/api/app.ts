import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { Stale } from '../../domain/status.ts';
import { parseStreamName, type StreamName, streamNameProblem } from '../../domain/stream-name.ts';
import type { Client } from '../api-host.ts';
import { type Caller, type EditPolicy, editAccess } from './edit-access.ts';
import type { HerdApi, Refusal } from './herd-api.ts';

/** What the route files have in common. */
export interface ApiEnv {
  Bindings: Client;
}

export type App = Hono<ApiEnv>;

export interface ApiParts {
  readonly herd: HerdApi;
  readonly policy: EditPolicy;
}

export function callerOf(context: Context<ApiEnv>): Caller {
  return {
    method: context.req.method,
    header: (name) => context.req.header(name),
    remoteAddress: context.env.remoteAddress,
  };
}

/** Lets only those through who may change things. */
export function editors(policy: EditPolicy): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const access = editAccess(callerOf(context), policy);
    if (access.granted) return next();
    if (access.status === 401) context.header('WWW-Authenticate', 'Basic realm="streamherd", charset="UTF-8"');
    return context.json({ error: access.why }, access.status);
  };
}

/** For an answer from the view of the herd: whether that may be old. */
export function staleness(herd: HerdApi): { readonly stale?: Stale } {
  const stale = herd.stale();
  return stale === undefined ? {} : { stale };
}

export function answerRefusal(context: Context<ApiEnv>, { status, error, problems }: Refusal): Response {
  if (status === 503) context.header('Retry-After', '1');
  return context.json({ error, ...(problems && { problems }) }, status);
}

export function badRequest(context: Context<ApiEnv>, error: string): Response {
  return answerRefusal(context, { ok: false, status: 400, error });
}

/** The stream that the path names, or the answer that it names none. */
export function streamOf(context: Context<ApiEnv>): StreamName | Response {
  const text = context.req.param('name') ?? '';
  return parseStreamName(text) ?? badRequest(context, `bad stream name: ${streamNameProblem(text)}`);
}
