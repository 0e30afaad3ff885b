import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { PUSH_FOLDER_VARIABLE } from '../../src/host/push-mark.ts';
import { killOrphanCaptures } from '../../src/warden/orphan-captures.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testLog } from '../support/test-log.ts';

const test = suite('warden/orphan-captures');

/** A process that ignores SIGTERM, with the arguments of a capture into `file`. */
function capture(...args: string[]) {
  return processWith({}, ...args);
}

function processWith(env: Readonly<Record<string, string>>, ...args: string[]) {
  const script = 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 60_000)';
  const child = execa(process.execPath, ['-e', script, '--', ...args], { reject: false, stdin: 'ignore', env });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  return {
    child,
    up: () => eventually('it runs', () => text.includes('up')),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await child;
    },
  };
}

test('captures into the folder are dead when the call resolves; other processes are left alone', async () => {
  await using folder = await tempFolder();
  const live = join(folder.path, 'live');
  await using left = capture('-progress', 'pipe:4', `${live}/cam1/7-%d.ts`);
  await using second = capture('-progress', 'pipe:4', '-f', 'hls', `${live}/cam2/7-%d.ts`);
  await using other = capture('-progress', 'pipe:4', `${live}-of-another/cam1/7-%d.ts`);
  await using push = processWith({ [PUSH_FOLDER_VARIABLE]: `${live}/cam1` }, '-progress', 'pipe:4');
  await using notOurs = processWith({ [PUSH_FOLDER_VARIABLE]: `${live}-of-another/cam1` }, '-progress', 'pipe:4');
  await using reader = capture('-i', `${live}/cam1/7-1.ts`);
  await Promise.all([left, second, other, push, notOurs, reader].map((each) => each.up()));
  const log = testLog();
  await killOrphanCaptures(live, log);
  assert.is((await left.child).signal, 'SIGKILL');
  assert.is((await second.child).signal, 'SIGKILL');
  assert.is((await push.child).signal, 'SIGKILL');
  for (const { child } of [other, notOurs, reader]) assert.equal([child.exitCode, child.signalCode], [null, null]);
  assert.is(log.lines.length, 3);
  assert.match(
    log.lines[0] ?? '',
    new RegExp(`^warn: ending ffmpeg (${left.child.pid}|${second.child.pid}|${push.child.pid}),`),
  );
  await killOrphanCaptures(live, log);
  assert.is(log.lines.length, 3, 'there is nothing left to end');
});

test.run();
