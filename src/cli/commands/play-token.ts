import { isIP } from 'node:net';
import { parseDurationMs } from '../../domain/text/units.ts';
import { signPlayToken } from '../../host/play-token.ts';
import { CONFIG_OPTION, type Command, CommandFailure, DONE, optionOf } from '../command.ts';
import { DEFAULT_CONFIG_FILE, namedConfigFile, readConfigFile } from '../config-file.ts';

const DEFAULT_LIFETIME = '1d';

export const playToken: Command = {
  name: 'play-token',
  summary: 'Sign a token by which a viewer plays a stream, where play_token is set',
  positionals: [{ name: 'STREAM' }],
  options: {
    for: { value: 'DURATION', summary: `how long it is valid; default ${DEFAULT_LIFETIME}` },
    ip: { value: 'ADDRESS', summary: 'the only address that may use it; default: any' },
    ...CONFIG_OPTION,
  },
  details: [
    'The viewer plays http://SERVER:8080/STREAM/index.m3u8 with the query ?token= and the token, on any server of the herd.',
    'STREAM may be "gates/*" for all streams below gates, or "*" for all. The token is signed with the first key of play_token in the',
    'configuration file, so no server is asked. It is a JWT (HS256) with the claims stream, exp and ip: a backend can make one itself.',
  ],
  example: 'play-token gates/cam01 --for 8h',
  async run(invocation) {
    const { positionals, terminal } = invocation;
    const [stream = ''] = positionals;
    const config = await readConfigFile(namedConfigFile(invocation) ?? DEFAULT_CONFIG_FILE);
    const [key] = config.access.play.tokenKeys;
    if (key === undefined) throw new CommandFailure('the configuration file has no play_token: every viewer may play');
    const lifetime = optionOf(invocation, 'for') ?? DEFAULT_LIFETIME;
    const lifetimeMs = parseDurationMs(lifetime);
    if (lifetimeMs === undefined || lifetimeMs <= 0) {
      throw new CommandFailure(`expected a duration like 8h after --for, found "${lifetime}"`);
    }
    const ip = optionOf(invocation, 'ip');
    if (ip !== undefined && isIP(ip) === 0) throw new CommandFailure(`expected an address after --ip, found "${ip}"`);
    const token = signPlayToken(key, { stream, ...(ip !== undefined && { ip }) }, lifetimeMs);
    terminal.print(token);
    return DONE;
  },
};
