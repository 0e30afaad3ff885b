import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StreamStatus } from '../src/domain/status.ts';
import { staticFile } from '../src/http/public/static-files.ts';

/** A server of the dashboard whose herd is made up. */
export interface MadePage extends AsyncDisposable {
  readonly url: string;
  /** So many streams have another bit rate. */
  change(streams: number): void;
}

const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"><rect width="16" height="9" fill="#456"/></svg>';
const FILES = { '/': 'index.html', '/assets/app.js': 'app.js', '/assets/app.css': 'app.css' } as const;

export async function startMadePage(streams: readonly StreamStatus[]): Promise<MadePage> {
  const feeds = new Set<ServerResponse>();
  let [version, next] = [1, 0];
  const json = (response: ServerResponse, value: unknown) =>
    response
      .writeHead(200, { 'content-type': 'application/json', etag: `"made-${version}"` })
      .end(JSON.stringify(value));
  const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
    '/api/v1/streams': (response) => json(response, { streams }),
    '/api/v1/servers': (response) => json(response, { servers: [] }),
    '/api/v1/archive': (response) => json(response, { servers: [], silent: [] }),
    '/api/v1/archive-returns': (response) => json(response, { servers: [], silent: [] }),
    '/api/v1/session': (response) => json(response, { closed: false, logins: false }),
    '/api/v1/changes': (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': begun\n\n');
      feeds.add(response);
      response.on('close', () => feeds.delete(response));
    },
    '/api/v1/events': (response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': begun\n\n'),
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = Object.hasOwn(FILES, path) ? staticFile(FILES[path as keyof typeof FILES]) : undefined;
    if (file !== undefined) response.writeHead(200, { 'content-type': file.type, ...file.headers }).end(file.body);
    else if (path.endsWith('/preview.jpg')) response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(PICTURE);
    else if (answers[path]) answers[path](response);
    else json(response, {});
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  // It listens at a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    change: (count) => {
      if (count === 0) return;
      version += 1;
      const changed = Array.from({ length: count }, () => {
        next = (next + 7) % streams.length;
        return { ...streams[next], bitrateKbps: 1500 + Math.round(1000 * Math.random()) };
      });
      const change = { version: `made-${version}`, streams: changed, removed: [], stale: null };
      for (const feed of feeds) feed.write(`event: change\ndata: ${JSON.stringify(change)}\n\n`);
    },
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
