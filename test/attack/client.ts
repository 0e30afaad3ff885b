import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { lasts } from '../support/fault-length.ts';
import { type Knocking, NO_PROBLEMS, type Report, type Target } from './attack.ts';

/** Connections that are made at once: more would meet the limit of the listener's backlog and nothing else. */
const CONNECTING = 200;
const CONNECT_TIMEOUT_MS = 5000;
const ANSWER_TIMEOUT_MS = 10_000;
/** Of what a connection says: enough for the head of an answer. */
const MAX_HEARD = 64 * 1024;
/** Of an answer, as far as its status. */
const HEAD_BYTES = 16;

export function victimOf({ servers }: Target): Knocking {
  const [first] = servers;
  if (first === undefined) throw new RangeError('there is nothing to attack');
  return first;
}

/** A connection from the client's own address. Rejects when it is refused. */
export async function knock({ from }: Target, { host, port }: { host: string; port: number }): Promise<Socket> {
  const socket = connect({ host, port, localAddress: from });
  socket.on('error', () => undefined);
  await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
  return socket;
}

/** As many connections as there are to be had, up to `count`. */
export async function knockMany(target: Target, where: Knocking, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  for (let done = 0; done < count; done += CONNECTING) {
    const some = Array.from({ length: Math.min(CONNECTING, count - done) }, () => knock(target, where));
    for (const made of await Promise.allSettled(some)) if (made.status === 'fulfilled') sockets.push(made.value);
  }
  return sockets;
}

/** The status of the answer, when all of it has come, or when the attack is over. */
export async function answered(target: Target, path: string): Promise<number> {
  const socket = await knock(target, victimOf(target));
  let head = '';
  socket.on('data', (piece: Buffer) => {
    if (head.length < HEAD_BYTES) head += piece.toString('latin1', 0, HEAD_BYTES);
  });
  socket.write(request(path));
  const given = setTimeout(() => socket.destroy(), target.lastsMs);
  await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(given);
  return statusOf(head);
}

/** How often each status came, for people; an answer of 500 is a problem. */
export function reportOf(statuses: ReadonlyMap<number, number>): Report {
  const counts = [...statuses].map(([status, count]) => `${count} × ${status || 'nothing'}`);
  const failed = statuses.get(500) ?? 0;
  return { did: counts.join(', '), problems: failed === 0 ? NO_PROBLEMS : [`${failed} answers were 500`] };
}

export const openOf = (sockets: readonly Socket[]) => sockets.filter(({ destroyed }) => !destroyed).length;

export function hangUp(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy();
}

/**
 * Sends `text` as it is, and hears until the other side closes or says as much as is kept.
 *
 * @throws Error when the other side has not closed the connection in time.
 */
export async function say(target: Target, where: Knocking, text: string | Buffer): Promise<string> {
  const socket = await knock(target, where);
  let heard = '';
  socket.setEncoding('latin1');
  const end = once(socket, 'close', { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  socket.on('data', (piece: string) => {
    heard += piece;
    if (heard.length > MAX_HEARD) socket.destroy();
  });
  socket.write(text);
  try {
    await end;
  } finally {
    socket.destroy();
  }
  return heard;
}

/** `GET target` and more lines of a head, of a connection that is closed afterwards. */
export function request(target: string, { method = 'GET', headers = [] as readonly string[], body = '' } = {}): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: attack', 'Connection: close', ...headers, '', body].join('\r\n');
}

export const statusOf = (answer: string) => Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);

/** `count` times at once, until the time is up, each as fast as it can. */
export async function busily(count: number, lastsMs: number, turn: (nth: number) => Promise<void>): Promise<void> {
  const endMs = performance.now() + lastsMs;
  await Promise.all(
    Array.from({ length: count }, async (_, nth) => {
      while (performance.now() < endMs) await turn(nth).catch(() => lasts(10));
    }),
  );
}
