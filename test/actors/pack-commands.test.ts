import { readFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ToolWatch } from '../../src/actors/ffmpeg/tool-watch.ts';
import { PackCommands } from '../../src/actors/pack-commands.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('actors/pack-commands', { deadlineMs: 60_000 });

const script = (text: string, env: Record<string, string> = {}) => ({ words: ['sh', '-c', text], env });

async function toolsOf() {
  using watch = await ToolWatch.open();
  return watch.tools;
}

test('a command is run as it is written, with the facts in its environment, one at a time', async () => {
  using commands = new PackCommands(await toolsOf());
  await using folder = await tempFolder();
  const file = join(folder.path, 'said');
  const write = (word: string) => ({
    words: ['sh', '-c', `echo "begin ${word} $FACT" >> "$0"; echo "end ${word}" >> "$0"`, file],
    env: { FACT: 'a b' },
  });
  const ends = await Promise.all([commands.run(write('one')), commands.run(write('two'))]);
  assert.equal(ends, [{ ok: true }, { ok: true }]);
  assert.equal((await readFile(file, 'utf8')).trim().split('\n'), [
    'begin one a b',
    'end one',
    'begin two a b',
    'end two',
  ]);
  assert.equal(
    await commands.run({ words: ['test', '$(id)', '=', '$(id)'], env: {} }),
    { ok: true },
    'no shell reads it',
  );
});

test('a command that fails, hangs, cannot be started or says a lot has a reason', async () => {
  using commands = new PackCommands(await toolsOf(), 500);
  assert.equal(await commands.run(script('echo one >&2; echo "no route to rtsp://u:secret@h/" >&2; exit 3')), {
    ok: false,
    why: 'it ended with exit code 3: no route to rtsp://u:***@h/',
  });
  const late = await commands.run(script('exec sleep 60'));
  assert.match(late.ok ? '' : late.why, /^it did not end within 0\.5 s/);
  const missing = await commands.run({ words: ['/no/such/program'], env: {} });
  assert.is(missing.ok, false);
  assert.equal(await commands.run(script('head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2')), { ok: true });
});

test('a command runs behind everything else, and ends with the server', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'pid');
  const commands = new PackCommands(await toolsOf());
  const running = commands.run({ words: ['sh', '-c', 'echo $$ > "$0"; exec sleep 60', file], env: {} });
  const pid = await eventually('it runs', async () => {
    return Number((await readFile(file, 'utf8').catch(() => '')).trim()) || undefined;
  });
  assert.ok(getPriority(pid) >= getPriority());
  commands[Symbol.dispose]();
  assert.equal(await running, { ok: false, why: 'the server has ended' });
  assert.throws(() => process.kill(pid, 0));
  assert.equal(await commands.run(script('exit 0')), { ok: false, why: 'the server has ended' });
});

test.run();
