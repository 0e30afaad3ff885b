import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CACHING, CONTENT_TYPES, type Reply } from '../reply.ts';
import type { StaticName } from '../route.ts';

/**
 * The few static files of a server: the dashboard, and the player of the embed page. They are read when the thread is loaded, because
 * an installation may be replaced while the server runs.
 */
const FILES: Readonly<Record<StaticName, Reply | undefined>> = {
  'index.html': fileAt(() => new URL('../../../web/index.html', import.meta.url), {
    type: CONTENT_TYPES.html,
    caching: CACHING.never,
  }),
  'hls.js': fileAt(() => createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'), {
    type: CONTENT_TYPES.script,
    caching: CACHING.asset,
  }),
};

/** `undefined` where the file was not built or not installed. */
export function staticFile(name: StaticName): Reply | undefined {
  return FILES[name];
}

function fileAt(place: () => string | URL, how: Omit<Reply, 'body'>): Reply | undefined {
  try {
    return { ...how, body: readFileSync(place()) };
  } catch {
    return undefined;
  }
}
