import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { BoundedOutput } from '../../src/host/bounded-output.ts';
import { suite } from '../support/suite.ts';

const test = suite('host/bounded-output');
const TALKER = fileURLToPath(new URL('../fixtures/talker.js', import.meta.url));

test('lines that no reader takes are dropped from the thousandth on, counted, and their number is said', () => {
  const texts: string[] = [];
  let read = () => {};
  const output = new BoundedOutput((text, taken) => {
    texts.push(text);
    read = taken;
  });
  for (let line = 0; line < 3001; line += 1) output.write(`${line}\n`);
  assert.equal(texts, ['0\n'], 'the reader stands still at the first line');
  read();
  const lines = (texts[1] ?? '').trimEnd().split('\n');
  assert.equal([lines.length, lines[0], lines[999]], [1001, '1', '1000']);
  assert.match(lines[1000] ?? '', /warn {2}2000 lines of this log were dropped/);
  read();
  output.write('later\n');
  assert.is(texts[2], 'later\n');
});

test('a line of any length is cut', () => {
  const texts: string[] = [];
  new BoundedOutput((text) => texts.push(text)).write('x'.repeat(1_000_000));
  assert.ok((texts[0] ?? '').length < 5000);
  assert.ok(texts[0]?.endsWith('…\n'));
});

test('the end waits for a reader that reads, and only a short time for a reader that stands still', async () => {
  let read = () => {};
  const output = new BoundedOutput((_, taken) => {
    read = taken;
  });
  await output.flushed(600_000);
  output.write('a\n');
  const flushed = output.flushed(600_000);
  read();
  await flushed;
  output.write('b\n');
  await output.flushed(1);
});

for (const how of ['stands still', 'is gone'] as const) {
  test(`a process whose log's reader ${how} goes on, and keeps no more than its bound`, async () => {
    const talker = spawn(process.execPath, [TALKER], { stdio: ['ignore', 'pipe', 'pipe'] });
    // Never read: what the pipe holds is all that is taken. Or closed, so that writing to it is an error.
    if (how === 'is gone') talker.stderr.destroy();
    const [said] = await once(talker.stdout.setEncoding('utf8'), 'data');
    talker.kill('SIGKILL');
    await once(talker, 'exit');
    const { lines, heapMb } = JSON.parse(String(said)) as { lines: number; heapMb: number };
    assert.is(lines, 500_000);
    assert.ok(heapMb < 60, `${heapMb} MB for lines that wait`);
  });
}

test.run();
