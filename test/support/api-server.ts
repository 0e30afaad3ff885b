import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ApiRequest {
  readonly method: string;
  /** Path with query, without `/api/v1/`. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface ApiAnswer {
  readonly status?: number;
  readonly type?: string;
  /** Of a redirect. */
  readonly location?: string;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

/**
 * A real HTTP server on a free port that answers as the API of a server of the herd does, and remembers what it was asked:
 * the other end for tests of the command line. Answers are by `METHOD path`; a list gives one answer after the other.
 */
export async function apiServer(
  answers: Readonly<Record<string, ApiAnswer | readonly ApiAnswer[]>>,
): Promise<{ readonly url: string; readonly port: number; readonly requests: ApiRequest[] } & AsyncDisposable> {
  const requests: ApiRequest[] = [];
  const counts = new Map<string, number>();
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const method = request.method ?? '';
    const path = (request.url ?? '').replace('/api/v1/', '');
    requests.push({ method, path, authorization: request.headers.authorization, body: await text(request) });
    const key = `${method} ${path.replace(/since=[^&]*/, 'since=')}`;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    const found = answers[key];
    const answer = Array.isArray(found)
      ? (found[Math.min(count, found.length - 1)] as ApiAnswer)
      : (found as ApiAnswer);
    const {
      status = 200,
      type = 'application/json',
      location,
      body,
    } = answer ?? {
      status: 404,
      body: { error: `the test has no answer to ${key}` },
    };
    response.writeHead(status, { 'content-type': type, ...(location !== undefined && { location }) });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
