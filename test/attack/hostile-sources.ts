import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttp, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net';

const HOST = '127.0.0.1';
const DRIP_MS = 500;
const LONG_BYTES = 8_000_000;
/** As fast as a camera's link, a piece so often, so that the source's own work does not load the machine of the herd. */
const PIECE_EVERY_MS = 20;
const PIECE = Buffer.alloc(64 * 1024, '#');
const RUBBISH = randomBytes(PIECE.length);

/** Sources that attack the server which captures them: each path of `http`, and each of `rtsp`, is one. */
export interface HostileSources extends AsyncDisposable {
  readonly httpUrl: string;
  readonly rtspUrl: string;
  /** How often each path was asked for, by its first segment. */
  asked(path: string): number;
}

export interface HostileOptions {
  /** Paths of HTTP with the playlist that each is answered with. */
  readonly playlists: Readonly<Record<string, string>>;
  /** Paths of both with where each redirects to. */
  readonly redirects: Readonly<Record<string, string>>;
  /** What `/canary.ts` is: media that a capture can show that it was read. */
  readonly canary: Uint8Array;
}

/** Besides what `options` say both have `rubbish`, `long` and `drip`; all that is not known is 404. */
export async function startHostileSources(options: HostileOptions): Promise<HostileSources> {
  const counts = new Map<string, number>();
  const count = (path: string) => counts.set(path, (counts.get(path) ?? 0) + 1);
  const sockets = new Set<Socket>();
  const http = createHttp(answerHttp(options, count));
  const rtsp = createTcp((socket) => answerRtsp(socket, options, count));
  for (const server of [http, rtsp]) {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    });
    server.listen(0, HOST);
    await once(server, 'listening');
  }
  const portOf = (server: typeof http | typeof rtsp) => (server.address() as AddressInfo).port;
  return {
    httpUrl: `http://${HOST}:${portOf(http)}`,
    rtspUrl: `rtsp://${HOST}:${portOf(rtsp)}`,
    asked: (path) => counts.get(path) ?? 0,
    [Symbol.asyncDispose]: async () => {
      const closed = [http, rtsp].map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function answerHttp({ playlists, redirects, canary }: HostileOptions, count: (path: string) => void): RequestListener {
  return (request, response) => {
    const path = pathOf(request.url ?? '');
    count(path);
    response.on('error', () => undefined);
    const playlist = playlists[path];
    const redirect = redirects[path];
    if (path === 'canary.ts') response.end(canary);
    else if (redirect !== undefined) response.writeHead(302, { Location: redirect }).end();
    else if (playlist !== undefined) response.setHeader('Content-Type', 'application/vnd.apple.mpegurl').end(playlist);
    else if (path === 'rubbish') pour(response, RUBBISH);
    else if (path === 'long') pour(response.setHeader('Content-Type', 'application/vnd.apple.mpegurl'), PIECE);
    else if (path === 'drip') drip(response);
    else response.writeHead(404).end();
  };
}

/** Answers whatever it is told, without reading more than the path of it. */
function answerRtsp(socket: Socket, { redirects }: HostileOptions, count: (path: string) => void): void {
  socket.once('data', (head: Buffer) => {
    const [, path = ''] = /^\w+ rtsp:\/\/[^/\s]+\/(\S*)/.exec(head.toString('latin1')) ?? [];
    count(path);
    const redirect = redirects[path];
    const status = (line: string) => `RTSP/1.0 ${line}\r\nCSeq: 1\r\n`;
    if (redirect !== undefined) socket.end(`${status('302 Found')}Location: ${redirect}\r\n\r\n`);
    else if (path === 'rubbish') pour(socket, PIECE);
    else if (path === 'long') describeAtLength(socket, status);
    else if (path === 'drip') drip(socket);
    else socket.end(`${status('404 Not Found')}\r\n`);
  });
}

/** The answer to OPTIONS, and to DESCRIBE a description that is far too long. */
function describeAtLength(socket: Socket, status: (line: string) => string): void {
  socket.write(`${status('200 OK')}Public: DESCRIBE\r\n\r\n`);
  socket.on('data', () => {
    socket.write(
      `RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: ${LONG_BYTES}\r\n\r\n`,
    );
    socket.write(`v=0\r\n${'a=x:y\r\n'.repeat(LONG_BYTES / 7)}`);
  });
}

function pathOf(target: string): string {
  return target.replace(/^\//, '').replace(/\?.*$/, '');
}

/** Without end, while it is read. */
function pour(to: ServerResponse | Socket, piece: Buffer): void {
  repeat(to, PIECE_EVERY_MS, piece);
}

function drip(to: ServerResponse | Socket): void {
  repeat(to, DRIP_MS, '#');
}

function repeat(to: ServerResponse | Socket, everyMs: number, text: string | Buffer): void {
  const timer = setInterval(() => to.writableNeedDrain || to.write(text), everyMs);
  to.on('close', () => clearInterval(timer));
}
