import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { dyingWithParent } from '../support/dying-with-parent.ts';
import { suite } from '../support/suite.ts';
import { ATTACKS } from './attacks.ts';

const test = suite('attack/campaign', { deadlineMs: 280_000 });
const MAIN_FILE = fileURLToPath(new URL('./main.js', import.meta.url));

test('strangers end no capture, no lease and no server process: the short form of `npm run attack`', async () => {
  const [file = '', ...args] = [...dyingWithParent('KILL'), process.execPath, MAIN_FILE, '--short'];
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(file, args, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${stdout}\n${stderr}`));
    });
  });
  const short = ATTACKS.filter(({ isShort }) => isShort === true);
  for (const { name } of short) assert.ok(printed.includes(`ok   ${name}: `), `${name} was not tried`);
  assert.match(printed, `${short.length} passed, 0 failed`);
});

test.run();
