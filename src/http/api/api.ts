import { Hono } from 'hono';
import { z } from 'zod';
import type { AccessPolicy } from '../access/access.ts';
import { staticFile } from '../public/static-files.ts';
import type { ApiHandler } from './api-host.ts';
import { type ApiEnv, type ApiParts, type App, Door } from './app.ts';
import { addApply } from './apply.ts';
import { addArchive } from './archive/archive-routes.ts';
import { addCameras } from './cameras/camera-routes.ts';
import { addChanges } from './changes.ts';
import { addDefinitions } from './definitions/definition-routes.ts';
import { addEvents } from './events.ts';
import type { HerdApi } from './herd-api.ts';
import { addOpenApi, answer, described } from './openapi.ts';
import { addLog } from './server/log-routes.ts';

import { addNotify } from './server/notify-routes.ts';
import { addPlayToken } from './server/play-token-route.ts';

import { addServers, addWhatIf } from './servers.ts';
import { addSession } from './session/session-routes.ts';
import { addStreams } from './streams.ts';

const METHODS = ['GET', 'PUT', 'POST', 'DELETE'] as const;

export interface Api {
  /** For `startMedia({ onApiRequest })`. */
  readonly fetch: ApiHandler;
  /** Every route, as `GET /api/v1/streams/{name}`. */
  readonly routes: readonly string[];
}

export interface ApiOptions {
  readonly herd: HerdApi;
  readonly policy: AccessPolicy;
  /** For the log. */
  readonly remark?: (why: string) => void;
}

/** The HTTP API of a server. All changes go through `editors`, all answers but the event stream and metrics are JSON. */
export function createApi({ herd, policy, remark }: ApiOptions): Api {
  const app: App = new Hono<ApiEnv>();
  const door = new Door(policy, remark);
  app.use(async (context, next) => {
    await next();
    context.header('X-Content-Type-Options', 'nosniff');
    if (!context.res.headers.has('Cache-Control')) context.header('Cache-Control', 'no-store');
  });
  app.use(door.viewers);
  const parts = { herd, door, playKey: policy.playKey };
  for (const add of [
    addStreams,
    addDefinitions,
    addCameras,
    addServers,
    addWhatIf,
    addApply,
    addEvents,
    addChanges,
    addArchive,
    addLog,
    addNotify,
    addPlayToken,
    addSession,
    addMetrics,
  ])
    add(app, parts);
  addOpenApi(app);
  if (policy.viewAuth) addDashboard(app, door);
  app.notFound((context) => {
    const { method, path } = context.req;
    const allowed = METHODS.filter((each) =>
      app.router.match(each, path)[0].some(([[, route]]) => route.method === each),
    );
    if (allowed.length === 0) return context.json({ error: `there is nothing at ${path}` }, 404);
    context.header('Allow', allowed.join(', '));
    return context.json({ error: `expected one of ${allowed.join(', ')}, found ${method}` }, 405);
  });
  app.onError((error) => {
    // Its text may hold anything; the bridge logs it and answers 500.
    throw error;
  });
  const routes = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(?:\{\.\+\})?/g, '{$1}')}`);
  return { fetch: async (request, client) => app.fetch(request, client), routes: [...new Set(routes)] };
}

function addMetrics(app: App, { herd }: ApiParts): void {
  app.get(
    '/metrics',
    described({
      summary: 'Metrics in the Prometheus text format',
      responses: { 200: answer('The metrics.', z.string(), 'text/plain') },
    }),
    async (context) => {
      context.header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
      return context.body(await herd.metrics());
    },
  );
}

/**
 * The page, where only users may see anything: otherwise the media worker hands it out. A browser gets it also without a login, with the
 * status that says so, because it holds nothing but the form to log in by, and what it asks for later is refused.
 */
function addDashboard(app: App, door: Door): void {
  app.get('/', async (context) => {
    const file = staticFile('index.html');
    if (file === undefined) return context.json({ error: 'index.html is not installed' }, 404);
    for (const [name, value] of Object.entries({ 'Content-Type': file.type, ...file.headers }))
      context.header(name, value);
    const { user } = await door.sessionOf(context);
    return context.body(file.body.toString(), user === undefined ? 401 : 200);
  });
}
