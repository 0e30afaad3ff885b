/**
 * Strangers at a beats port, as a process of their own: `node beat-flood-process.js '{"url":…,"connections":…,"forMs":…}'`. Each connection does
 * one of `ATTEMPTS` as fast as it can, and connects again when it is closed. Prints how often each was made, as one line of JSON.
 */
import { connect } from 'node:net';

export interface BeatFlood {
  readonly url: string;
  readonly connections: number;
  readonly forMs: number;
}

export type BeatFloodResult = Readonly<Record<keyof typeof ATTEMPTS, number>>;

const CONNECTS_AT_ONCE = 50;
const AGAIN_MS = 10;
/** Half a head is left standing; its connection is closed by the server, or here after so long. */
const PATIENCE_MS = 5000;
/** The strangers have so many addresses. */
const ADDRESSES = 8;

const head = (method: string, path: string, headers = '') => `${method} ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
const looksSigned = `X-Streamherd-Signature: ${'a'.repeat(64)}\r\n`;

const ATTEMPTS = {
  'a GET': head('GET', '/herd/beat'),
  'a POST that is signed with another key': `${head('POST', '/herd/beat', `${looksSigned}Content-Length: 300\r\n`)}${'{'.repeat(300)}`,
  'a body that is too long': `${head('POST', '/herd/beat', `${looksSigned}Content-Length: 40000\r\n`)}${' '.repeat(40_000)}`,
  'a body without an end': `${head('POST', '/herd/beat', `${looksSigned}Transfer-Encoding: chunked\r\n`)}4000\r\n${' '.repeat(0x4000)}`,
  'half a head': 'POST /herd/beat HTTP/1.1\r\nHost: x\r\nX-Half: ',
  'requests in a row': head('GET', '/herd/beat').repeat(100),
  'no HTTP': '\0\r\n\r\n'.repeat(100),
} as const;

const flood = JSON.parse(process.argv[2] ?? '') as BeatFlood;
const { hostname, port } = new URL(flood.url);
const kinds = Object.keys(ATTEMPTS) as (keyof typeof ATTEMPTS)[];
const made = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<keyof typeof ATTEMPTS, number>;
let isOver = false;

function open(index: number): void {
  const kind = kinds[index % kinds.length];
  if (isOver || kind === undefined) return;
  const socket = connect({ host: hostname, port: Number(port), localAddress: `127.0.1.${1 + (index % ADDRESSES)}` });
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  socket.on('connect', () => {
    made[kind] += 1;
    socket.write(ATTEMPTS[kind]);
  });
  socket.on('data', () => {});
  socket.on('error', () => {});
  socket.on('close', () => setTimeout(() => open(index), AGAIN_MS));
}

for (let index = 0; index < flood.connections; index += 1) {
  setTimeout(() => open(index), Math.floor(index / CONNECTS_AT_ONCE) * AGAIN_MS);
}
setTimeout(() => {
  isOver = true;
  process.stdout.write(`${JSON.stringify(made)}\n`, () => process.exit());
}, flood.forMs);
