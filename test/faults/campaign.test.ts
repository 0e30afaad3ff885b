import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { dyingWithParent } from '../support/dying-with-parent.ts';
import { findNamespaces } from '../support/own-namespaces.ts';
import { suite } from '../support/suite.ts';
import { shortForm } from './fault-kinds.ts';

const test = suite('faults/campaign', { deadlineMs: 290_000 });
const MAIN_FILE = fileURLToPath(new URL('./main.js', import.meta.url));

/** All that it prints. @throws Error with it, when it does not end with exit code 0. */
async function campaign(...options: readonly string[]): Promise<string> {
  const [file = '', ...args] = [...dyingWithParent('KILL'), process.execPath, MAIN_FILE, ...options];
  return new Promise((resolve, reject) => {
    execFile(file, args, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${stdout}\n${stderr}`));
    });
  });
}

const namespaces = findNamespaces();
const inNamespaces = shortForm().filter((kind) => kind.inNamespaces);

test('no camera is pulled twice, no stream stays without capture, no player goes back: the short form of `npm run faults`', async () => {
  const printed = await campaign('--short');
  const isSkipped = (name: string) => printed.includes(`skipped: ${name}: `);
  for (const kind of shortForm()) {
    const [line] = [...printed.split('\n')].filter((each) => each.startsWith(`ok  ${kind.name} (`));
    if (line === undefined) assert.ok('whyNot' in namespaces && isSkipped(kind.name), `${kind.name} was not tried`);
    else assert.is(line.includes('nothing interrupted'), kind.maxGapMs === 0, line);
  }
});

if ('whyNot' in namespaces) for (const { name } of inNamespaces) test.skip(name, namespaces.whyNot);

test.run();
