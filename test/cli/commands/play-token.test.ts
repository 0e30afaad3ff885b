import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { playTokenVerifier } from '../../../src/host/play-token.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('cli/commands/play-token');

const KEY = 'h7Qk2vXw9LmT4sPz81Bd';

async function signed(...args: readonly string[]) {
  await using folder = await tempFolder();
  const file = join(folder.path, 's1.conf');
  const [open] = args;
  await writeFile(file, `server_name s1; http 8081; ${open === 'open' ? '' : `play_token ${KEY};`}`);
  // Awaited here: the folder is there until it has been read.
  return await streamherdHere(['play-token', ...args, '-c', file]);
}

test('a token that plays one stream, or many, and what is wrong is said', async () => {
  const token = (await signed('gates/cam01', '--for', '8h', '--ip', '10.0.0.9')).out;
  assert.equal(playTokenVerifier([KEY])(token.trim()), { stream: 'gates/cam01', ip: '10.0.0.9' });
  assert.equal(playTokenVerifier([KEY])((await signed('gates/*')).out.trim()), { stream: 'gates/*' });
  for (const [args, expected] of [
    [['cam01', '--for', 'long'], /^expected a duration like 8h after --for, found "long"/],
    [['cam01', '--ip', 'gate'], /^expected an address after --ip, found "gate"/],
    [['open'], /no play_token/],
  ] as const) {
    const { code, err } = await signed(...args);
    assert.is(code, 1);
    assert.match(err, expected);
  }
});

test.run();
