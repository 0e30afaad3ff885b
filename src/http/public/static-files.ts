import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CACHING, CONTENT_TYPES, type Reply } from '../reply.ts';
import type { StaticName } from '../route.ts';

/**
 * Nothing is run but the files of this server, and no other page may frame this one. Pictures come from any server of the herd (a redirect
 * names the owner), and servers come and go while the page is open. So their addresses are not named one by one. The player is in a
 * frame, a page of this server: it fetches media from wherever they are, and this page cannot.
 */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: http: https:; " +
  "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface StaticFile extends Reply {
  readonly headers?: Record<string, string>;
}

/**
 * The few static files of a server: the dashboard, and the player of the embed page. They are read when the thread is loaded, because
 * an installation may be replaced while the server runs.
 */
const FILES: Readonly<Record<StaticName, StaticFile | undefined>> = {
  'index.html': fileAt(() => ofPage('index.html'), {
    type: CONTENT_TYPES.html,
    caching: CACHING.never,
    headers: { 'Content-Security-Policy': POLICY, 'Referrer-Policy': 'no-referrer' },
  }),
  // The page names both with a hash of what is in them.
  'app.js': fileAt(() => ofPage('app.js'), { type: CONTENT_TYPES.script, caching: CACHING.immutable }),
  'app.css': fileAt(() => ofPage('app.css'), { type: CONTENT_TYPES.style, caching: CACHING.immutable }),
  'hls.js': fileAt(() => createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'), {
    type: CONTENT_TYPES.script,
    caching: CACHING.asset,
  }),
};

/** `undefined` where the file was not built or not installed. */
export function staticFile(name: StaticName): StaticFile | undefined {
  return FILES[name];
}

function ofPage(name: string): URL {
  return new URL(`../../../web/${name}`, import.meta.url);
}

function fileAt(place: () => string | URL, how: Omit<StaticFile, 'body'>): StaticFile | undefined {
  try {
    return { ...how, body: readFileSync(place()) };
  } catch {
    return undefined;
  }
}
