/** The smallest program that can answer over HTTP with Node: it answers with constants. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveParent } from './child.ts';

export interface BareHttpOptions {
  /** What `/redirect` is sent to. */
  readonly location: string;
  /** Of the bodies of `/playlist` and `/segment`. */
  readonly playlistBytes: number;
  readonly segmentBytes: number;
}

export interface BareHttpStarted {
  readonly url: string;
}

serveParent<BareHttpOptions, BareHttpStarted>(async ({ location, playlistBytes, segmentBytes }) => {
  const bodies = new Map([
    ['/playlist', Buffer.alloc(playlistBytes, '#')],
    ['/segment', Buffer.alloc(segmentBytes, 'G')],
  ]);
  const server = createServer((request, response) => {
    const body = bodies.get(request.url ?? '');
    if (body === undefined) response.writeHead(302, { Location: location, 'Content-Length': 0 }).end();
    else response.writeHead(200, { 'Content-Length': body.length }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
});
