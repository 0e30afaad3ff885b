/**
 * Strangers at a server's public port, as a process of their own: `node flood-process.js '{"url":…,"connections":…,…}'` as `FloodOptions`
 * says. They have many addresses. Each connection asks one thing after the other as fast as it is answered, beginning elsewhere in the
 * list, and reads every answer whole. Prints what they got, as one line of JSON.
 */
import { Agent, request } from 'node:http';
import { NEWEST, type StrangersQuestions } from './strangers.ts';

export interface FloodOptions extends StrangersQuestions {
  readonly url: string;
  /** The connections that ask for `paths`. */
  readonly connections: number;
  readonly forMs: number;
}

/** How often each path was answered, by status; a body that broke off counts as `broken`. */
export type FloodResult = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The strangers have so many addresses, and so many connections each follow what does not end. */
const ADDRESSES = 16;
const FOLLOWERS_EACH = 4;
const AGAIN_MS = 100;
const OPENED_AT_ONCE = 50;
const OPENED_EVERY_MS = 50;
const HURRY_MS = 20_000;

const flood = JSON.parse(process.argv[2] ?? '') as FloodOptions;
const playlist = `/${flood.stream}/video.m3u8`;
const agents = Array.from(
  { length: ADDRESSES },
  (_, index) => new Agent({ keepAlive: true, localAddress: `127.0.2.${index + 1}` }),
);
const answers: Record<string, Record<string, number>> = {};
let newest: string | undefined;

function count(path: string, status: string): void {
  const of = answers[path] ?? {};
  answers[path] = of;
  of[status] = (of[status] ?? 0) + 1;
}

/** Asks, and reads the answer to its end. `follow`: what comes counts as answered when it begins. */
function ask(path: string, target: string, index: number, follow = false): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const asked = request(new URL(target, flood.url), { agent: agents[index % ADDRESSES] }, (response) => {
      const status = String(response.statusCode);
      if (follow) count(path, status);
      response.on('data', (data: Buffer) => {
        if (path === playlist && status === '200') text += data.toString('latin1');
      });
      response.on('error', () => {});
      response.on('close', () => {
        if (!follow) count(path, response.complete ? status : 'broken');
        resolve(text);
      });
    });
    asked.setTimeout(HURRY_MS, () => asked.destroy());
    asked.on('error', () => {
      count(path, 'broken');
      resolve('');
    });
    asked.end();
  });
}

async function askOnAndOn(index: number): Promise<void> {
  const paths = [...flood.paths, playlist, NEWEST];
  for (let turn = index; ; turn += 1) {
    const path = paths[turn % paths.length] ?? '/';
    const target = path === NEWEST ? newest : path;
    if (target === undefined) continue;
    const text = await ask(path, target, index);
    if (text !== '') newest = String(new URL(text.trimEnd().split('\n').at(-1) ?? '', new URL(playlist, flood.url)));
  }
}

async function followOnAndOn(path: string, index: number): Promise<void> {
  for (;;) {
    await ask(path, path, index, true);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

const openings = [
  ...flood.endless.flatMap((path) =>
    Array.from({ length: ADDRESSES * FOLLOWERS_EACH }, (_, index) => () => void followOnAndOn(path, index)),
  ),
  ...Array.from({ length: flood.connections }, (_, index) => () => void askOnAndOn(index)),
];
// The kernel holds 511 new connections ready; further ones may connect only after one or three seconds.
for (const [index, open] of openings.entries()) setTimeout(open, Math.floor(index / OPENED_AT_ONCE) * OPENED_EVERY_MS);
setTimeout(
  () => process.stdout.write(`${JSON.stringify(answers satisfies FloodResult)}\n`, () => process.exit()),
  flood.forMs + Math.floor(openings.length / OPENED_AT_ONCE) * OPENED_EVERY_MS,
);
