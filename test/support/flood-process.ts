/**
 * A client that asks as fast as it is answered, as a process of its own: `node flood-process.js '{"url":…,"connections":…,"forMs":…,"paths":[…]}'`.
 * Every connection asks one address after the other, each beginning elsewhere in the list. Prints what it got, as one line of JSON.
 */
import { connect, type Socket } from 'node:net';

interface Flood {
  readonly url: string;
  readonly connections: number;
  readonly forMs: number;
  readonly paths: readonly string[];
}

export interface FloodResult {
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly broken: number;
  readonly megabytes: number;
}

const CONNECTS_AT_ONCE = 50;
const AGAIN_MS = 20;
const ANSWER = /^HTTP\/1\.1 (\d{3})/;

const flood = JSON.parse(process.argv[2] ?? '') as Flood;
const { hostname, port } = new URL(flood.url);
const statuses: Record<string, number> = {};
const sockets = new Set<Socket>();
let broken = 0;
let bytes = 0;
let isOver = false;

function open(index: number): void {
  if (isOver) return;
  const socket = connect(Number(port), hostname);
  sockets.add(socket);
  let asked = index;
  let left = 0;
  const ask = () => {
    const path = flood.paths[asked % flood.paths.length] ?? '/';
    asked += 1;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
  };
  socket.on('connect', ask);
  socket.on('data', (data) => {
    bytes += data.length;
    if (left === 0) {
      const head = data.toString('latin1');
      const status = ANSWER.exec(head)?.[1];
      if (status === undefined) return;
      statuses[status] = (statuses[status] ?? 0) + 1;
      const end = head.indexOf('\r\n\r\n');
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
      // What has no length is a stream, or comes in chunks: it is left, and the connection is opened anew.
      if (end === -1 || Number.isNaN(length)) {
        socket.destroy();
        return;
      }
      left = length - (data.length - end - 4);
    } else left -= data.length;
    if (left <= 0) {
      left = 0;
      ask();
    }
  });
  socket.on('error', () => {
    broken += 1;
  });
  socket.on('close', () => {
    sockets.delete(socket);
    setTimeout(() => open(asked), AGAIN_MS);
  });
}

for (let index = 0; index < flood.connections; index += 1) {
  setTimeout(() => open(index), Math.floor(index / CONNECTS_AT_ONCE) * AGAIN_MS);
}
setTimeout(() => {
  isOver = true;
  const result: FloodResult = { statuses, broken, megabytes: Math.round(bytes / 1e6) };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
}, flood.forMs);
