import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { BeatFlood, BeatFloodResult } from './beat-flood-process.ts';
import { dyingWithParent } from './dying-with-parent.ts';
import type { FloodOptions, FloodResult } from './flood-process.ts';

/** The niceness of the client: it shares the cores with the servers that it asks, which a real stranger would not. */
const NICE = ['nice', '-n', '10'];

/** Asks as fast as it is answered, from a process of its own. Resolves with what it got. */
export function flood(options: FloodOptions): Promise<FloodResult> {
  return client('./flood-process.js', options);
}

/** Sends rubbish to a beats port as fast as it takes it, from a process of its own. Resolves with what was sent. */
export function floodBeats(options: BeatFlood): Promise<BeatFloodResult> {
  return client('./beat-flood-process.js', options);
}

async function client<Result>(program: string, options: object): Promise<Result> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const [file = '', ...args] = [...dyingWithParent('KILL'), ...NICE, process.execPath, path, JSON.stringify(options)];
  const { stdout } = await execa(file, args, { stdin: 'ignore' });
  return JSON.parse(stdout) as Result;
}
