import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { execa } from 'execa';
import { eventually } from './eventually.ts';

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  await using server = await listen(createServer());
  return server.port;
}

interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly total: number;
}

async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  let total = 0;
  server.on('connection', (socket) => {
    total += 1;
    sockets.add(socket.on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get total() {
      return total;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
}

/** A receiver that takes connections and says nothing. */
export function muteReceiver(): Promise<Listening> {
  return listen(createServer((socket) => socket.pause()));
}

export interface RealReceiver extends AsyncDisposable {
  /** Pictures that it has received so far, over all connections. */
  readonly frames: number;
  /** Resolves when its connection has ended. */
  ended(): Promise<unknown>;
}

/** An ffmpeg that listens for one connection at `url`, and looks at all that comes. `listensAgain`: after each connection for the next one. */
export function realReceiver(url: string, { listensAgain = false } = {}): RealReceiver {
  const listens = url.startsWith('rtmp') ? ['-listen', '1', '-f', 'flv'] : ['-f', 'mpegts'];
  const quiet = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'];
  const looks = ['-progress', 'pipe:1', '-stats_period', '0.5', '-analyzeduration', '500000'];
  const ending = new AbortController();
  let [frames, connections] = [0, 0];
  const listen = async () => {
    const before = frames;
    const args = [...quiet, ...looks, ...listens, '-i', url, '-c', 'copy', '-f', 'null', '-'];
    const ffmpeg = execa('ffmpeg', args, {
      ...{ buffer: false, reject: false, stdin: 'ignore', stderr: 'ignore' },
      ...{ cancelSignal: ending.signal, killSignal: 'SIGKILL' },
    });
    ffmpeg.stdout.on('data', (chunk) => {
      for (const [, count] of String(chunk).matchAll(/^frame=(\d+)$/gm)) frames = before + Number(count);
    });
    await ffmpeg;
    connections += 1;
    if (listensAgain && !ending.signal.aborted) await listen();
  };
  const over = listen();
  return {
    get frames() {
      return frames;
    },
    ended: () => eventually('the receiver has seen the end', () => connections > 0),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await over;
    },
  };
}

export interface Relay extends Listening {
  /** Connections now, and the most at one moment. */
  readonly live: number;
  readonly most: number;
  /** From now on it passes nothing on, in no direction. */
  hang(): void;
}

/** Stands in front of a receiver. */
export async function relayTo(port: number): Promise<Relay> {
  let [live, most] = [0, 0];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(port, '127.0.0.1').on('error', () => socket.destroy());
    live += 1;
    most = Math.max(most, live);
    open.add(socket);
    socket.pipe(onward).pipe(socket);
    const gone = () => {
      if (open.delete(socket)) live -= 1;
    };
    socket.on('end', gone).on('close', () => {
      gone();
      onward.destroy();
    });
  });
  const listening = await listen(server);
  return {
    get live() {
      return live;
    },
    get most() {
      return most;
    },
    get total() {
      return listening.total;
    },
    hang() {
      for (const socket of open) socket.unpipe().pause();
    },
    port: listening.port,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}
