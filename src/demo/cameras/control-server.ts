import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CameraServer } from './camera-server.ts';

/** What a camera can be told to do over HTTP. */
export const CAMERA_ACTIONS = ['stall', 'resume', 'refuse', 'mute', 'rubbish', 'reset', 'close'] as const;
export type CameraAction = (typeof CAMERA_ACTIONS)[number];

export interface Control {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Control of test cameras from another process, on loopback:
 *
 *     GET  /counts                     {"cam01": {"live": 1, "peak": 1, "total": 4, …}, …}
 *     GET  /pulls                      the log of all cameras' pulls
 *     POST /<camera>/<action>          stall, resume, refuse, mute, rubbish, reset, close
 *     POST /<camera>/answer?status=404
 *     POST /reset-counts, /open-port, /close-port
 */
export async function startControl(cameras: CameraServer, port = 0): Promise<Control> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    perform(cameras, `${request.method} ${decodeURIComponent(pathname)}`, searchParams).then(
      (body) => answer(response, 200, body),
      (error: unknown) => answer(response, error instanceof RangeError ? 404 : 500, { error: String(error) }),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function perform(cameras: CameraServer, asked: string, parameters: URLSearchParams): Promise<unknown> {
  if (asked === 'GET /counts') return Object.fromEntries(cameras.names.map((name) => [name, cameras.counts(name)]));
  if (asked === 'GET /pulls') return cameras.pulls();
  if (asked === 'POST /reset-counts') return cameras.resetCounts();
  if (asked === 'POST /open-port') return cameras.openPort();
  if (asked === 'POST /close-port') return cameras.closePort();
  const [, name = '', word] = /^POST \/(.+)\/([a-z]+)$/.exec(asked) ?? [];
  const action = CAMERA_ACTIONS.find((known) => known === word);
  if (action !== undefined) return cameras[action](name);
  const status = Number(parameters.get('status'));
  if (word === 'answer' && status >= 300 && status < 600) return cameras.answer(name, status);
  throw new RangeError(`expected /<camera>/<action>, found "${asked}"`);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? {}));
}
