import type { DemoOptions } from '../../demo/demo.ts';
import { type Command, type Invocation, Misuse, optionOf } from '../command.ts';

const LIMITS = { servers: [1, 9], cameras: [1, 99], port: [1, 65_000], seconds: [1, 86_400] } as const;

export const demo: Command = {
  name: 'demo',
  summary: 'Run a herd of three servers with test cameras on this machine',
  positionals: [],
  options: {
    servers: { value: 'N', summary: '1 to 9 (default 3)' },
    cameras: { value: 'N', summary: '1 to 99 (default 6); the first two are pinned to the first two servers' },
    port: { value: 'BASE', summary: 'HTTP ports from BASE on (default 8081; free ones when these are taken)' },
    seconds: {
      value: 'N',
      summary: 'end after so long, with exit code 1 if a camera was not captured, or was captured twice',
    },
  },
  details: [
    'Starts a NATS server, the servers and the cameras, all on loopback, and shows which server captures what, and the address of',
    'the dashboard. Kill a server and watch its cameras move; it comes back after ten seconds, and so do they. Ctrl-C ends',
    'everything that it started and removes its folder.',
  ],
  example: 'demo --servers 4 --cameras 12',
  async run(invocation) {
    const options = demoOptions(invocation);
    const { runDemo } = await import('../../demo/demo.ts');
    return runDemo(options);
  },
};

/** @throws Misuse */
export function demoOptions(invocation: Invocation): DemoOptions {
  const number = (name: keyof typeof LIMITS) => wholeNumber(name, optionOf(invocation, name));
  const [servers = 3, cameras = 6] = [number('servers'), number('cameras')];
  return { servers, cameras, port: number('port'), seconds: number('seconds') };
}

function wholeNumber(name: keyof typeof LIMITS, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [least, most] = LIMITS[name];
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new Misuse(`--${name}: expected a whole number from ${least} to ${most}, found "${text}"`);
  }
  return value;
}
