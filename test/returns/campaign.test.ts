import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { dyingWithParent } from '../support/dying-with-parent.ts';
import { suite } from '../support/suite.ts';
import { shortForm } from './short-form.ts';

const test = suite('returns/campaign', { deadlineMs: 240_000 });
const MAIN_FILE = fileURLToPath(new URL('./main.js', import.meta.url));

/** All that it prints. @throws Error with it, when it does not end with exit code 0. */
function campaign(...options: readonly string[]): Promise<string> {
  const [file = '', ...args] = [...dyingWithParent('KILL'), process.execPath, MAIN_FILE, ...options];
  return new Promise((resolve, reject) => {
    execFile(file, args, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${stdout}\n${stderr}`));
    });
  });
}

test('what a stand-in recorded is at home, listed once and playable, whatever fails while it returns: the short form of `npm run returns`', async () => {
  const printed = await campaign('--short');
  for (const { name } of shortForm()) assert.ok(printed.includes(`ok  ${name} (`), `${name} was not tried: ${printed}`);
});

test.run();
