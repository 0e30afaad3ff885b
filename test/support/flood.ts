import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { dyingWithParent } from './dying-with-parent.ts';
import type { FloodResult } from './flood-process.ts';

/** The client shares the machine's cores with the servers it asks, which a stranger's would not. */
const NICE = ['nice', '-n', '10'];
const CLIENT = fileURLToPath(new URL('./flood-process.js', import.meta.url));

export interface FloodOptions {
  readonly url: string;
  readonly connections: number;
  readonly forMs: number;
  readonly paths: readonly string[];
}

/** Asks as fast as it is answered, from a process of its own. Resolves with what it got. */
export async function flood(options: FloodOptions): Promise<FloodResult> {
  const [file = '', ...args] = [...dyingWithParent('KILL'), ...NICE, process.execPath, CLIENT, JSON.stringify(options)];
  const { stdout } = await execa(file, args, { stdin: 'ignore' });
  return JSON.parse(stdout) as FloodResult;
}
