import { randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { printPasswordHash } from '../../domain/access/api-user.ts';
import { MIN_SECRET_LENGTH } from '../../domain/text/secrets.ts';
import { type Command, CommandFailure, DONE } from '../command.ts';

/** A tenth of a second of a core, and 32 MiB: too much for an attacker that tries many passwords, little for a user that has one. */
const COST = { cost: 32_768, blockSize: 8, parallelization: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const derive = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

export const hashPassword: Command = {
  name: 'hash-password',
  summary: 'Turn a password into a hash for edit_auth and view_auth',
  positionals: [],
  options: {},
  details: [
    'Reads the password from standard input, one line, and shows nothing of it. The hash goes into the configuration file in',
    'place of the password, behind the name of the user: edit_auth admin scrypt$… The command line of the same host needs no password.',
  ],
  example: 'hash-password',
  async run({ terminal }) {
    const password = await typedLine((text) => terminal.complain(text));
    if (password.length < MIN_SECRET_LENGTH) {
      throw new CommandFailure(
        `expected a password of at least ${MIN_SECRET_LENGTH} characters, found ${password.length}`,
      );
    }
    const salt = randomBytes(SALT_BYTES);
    const { cost: N, blockSize: r, parallelization: p } = COST;
    const hash = await derive(password, salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r });
    terminal.print(printPasswordHash({ ...COST, salt, hash }));
    return DONE;
  },
};

/** One line of standard input. A terminal does not show what is typed. */
async function typedLine(ask: (text: string) => void): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) {
    for await (const line of createInterface({ input: stdin })) return line;
    return '';
  }
  ask('Password (it is not shown):');
  let line = '';
  stdin.setRawMode(true).setEncoding('utf8');
  try {
    for await (const keys of stdin) {
      for (const key of String(keys)) {
        if (key === '\r' || key === '\n' || key === '\u0004') return line;
        if (key === '\u0003') throw new CommandFailure('no password was given');
        if (key === '\u007f' || key === '\b') line = [...line].slice(0, -1).join('');
        else line += key;
      }
    }
    return line;
  } finally {
    stdin.setRawMode(false).pause();
  }
}
