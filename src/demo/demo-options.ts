import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly servers: number;
  readonly cameras: number;
  /** HTTP port of the first server; the others follow. `undefined`: 8081 and on, or free ones when these are taken. */
  readonly port: number | undefined;
  /** The demo ends after this time, and then says whether all went well. */
  readonly seconds: number | undefined;
}

export type DemoCommand =
  | { readonly type: 'run'; readonly options: DemoOptions }
  | { readonly type: 'help' }
  | { readonly type: 'misused'; readonly why: string };

export const DEMO_HELP = `streamherd demo: a herd on this machine, to watch and to break

  streamherd demo [--servers N] [--cameras N] [--port BASE] [--seconds N]

Starts a NATS server, three streamherd servers and six test cameras, all on loopback, and shows which server captures what.
Kill a server and watch its cameras move; it comes back after ten seconds, and so do they.

  --servers N   1 to 9, default 3
  --cameras N   1 to 99, default 6; the first two are pinned to the first two servers
  --port BASE   HTTP ports from BASE on; default 8081, or free ones when these are taken
  --seconds N   end after so long, with exit code 1 if a camera was not captured, or twice at a time

Example: streamherd demo --servers 4 --cameras 12
`;

const LIMITS = { servers: [1, 9], cameras: [1, 99], port: [1, 65_000], seconds: [1, 86_400] } as const;

export function parseDemoOptions(argv: readonly string[]): DemoCommand {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args: [...argv],
      options: { servers: text, cameras: text, port: text, seconds: text, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) return { type: 'help' };
    const number = (name: keyof typeof LIMITS) => wholeNumber(name, values[name]);
    const [servers = 3, cameras = 6] = [number('servers'), number('cameras')];
    return { type: 'run', options: { servers, cameras, port: number('port'), seconds: number('seconds') } };
  } catch (error) {
    return { type: 'misused', why: error instanceof Error ? error.message : String(error) };
  }
}

function wholeNumber(name: keyof typeof LIMITS, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [least, most] = LIMITS[name];
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new RangeError(`--${name}: expected a whole number from ${least} to ${most}, found "${text}"`);
  }
  return value;
}
