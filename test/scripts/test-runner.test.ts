import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { runScript } from './script.ts';

const test = suite('scripts/test-runner', { deadlineMs: 40_000 });
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
/** Long enough for a file that ends by itself on a busy machine. */
const PATIENT_MS = 20_000;
const IMPATIENT_MS = 5000;

async function runTests(filters: readonly string[], deadlineMs = PATIENT_MS) {
  const options = ['--root', 'test/fixtures/test-runner', '--deadline-ms', `${deadlineMs}`];
  const { exitCode, output } = await runScript('scripts/test.mjs', [...options, ...filters], { cwd: PROJECT });
  return { exitCode, output, lastLine: output.trimEnd().split('\n').at(-1) };
}

test('good files pass, skips are counted and explained, and the last line is always the same two numbers', async () => {
  const { exitCode, output, lastLine } = await runTests(['good']);
  assert.is(exitCode, 0, output);
  assert.is(lastLine, '5 passed, 0 failed');
  assert.match(output, /^2 skipped/m);
  assert.match(output, 'there is no moon');
  assert.not.match(output, 'Total:');
});

test('with --no-skips a skip fails the run, except the kind that the kernel decides', async () => {
  const bad = await runTests(['good/skips', '--no-skips']);
  assert.is(bad.exitCode, 1);
  assert.match(bad.output, '1 of them must not be skipped here');
  assert.is(bad.lastLine, '1 passed, 0 failed');
  assert.is((await runTests(['good/passes', '--no-skips'])).exitCode, 0);
  const allowed = await runTests(['good/refused-by-kernel', '--no-skips']);
  assert.is(allowed.exitCode, 0, allowed.output);
  assert.match(allowed.output, /^1 skipped/m);
});

test('without skips none is told', async () => {
  const { output, lastLine } = await runTests(['good/passes']);
  assert.is(lastLine, '2 passed, 0 failed');
  assert.not.match(output, 'skipped');
});

test('a filter that matches nothing fails, alone and beside one that matches', async () => {
  const alone = await runTests(['no-such-file']);
  assert.is(alone.exitCode, 1);
  assert.match(alone.output, 'nothing matches no-such-file');
  const beside = await runTests(['good/passes', 'no-such-file']);
  assert.is(beside.exitCode, 1);
  assert.match(beside.output, 'nothing matches no-such-file');
});

/** Each of these exits 0, or never, under uvu alone, or hides what it did. */
const BAD: Readonly<Record<string, string>> = {
  'forgotten-run': 'no summary of uvu: was test.run() forgotten',
  'no-tests': 'ran no test',
  'one-throws': '1 of 2 tests failed',
  'string-thrown': '1 of 1 tests failed',
  'before-throws': '1 of 1 tests failed',
  'exits-early': 'no summary of uvu',
  'never-settles': 'no summary of uvu',
  hangs: `did not end within ${IMPATIENT_MS} ms`,
  'open-handle': 'ran its tests, but an open handle kept it from ending',
  'rejects-late': 'ended with exit code 1',
  'leaves-child': 'left running: sleep 60 (',
  'leaves-folder': 'left on disk: streamherd-',
  'skips-silently': 'skipped tests without saying why',
};

test('every bad file is found, and the reason is told', async () => {
  const { exitCode, output, lastLine } = await runTests(['bad'], IMPATIENT_MS);
  assert.is(exitCode, 1);
  for (const [file, problem] of Object.entries(BAD)) {
    assert.ok(output.includes(`bad/${file}: ${problem}`), `${file}: ${problem}\n${output}`);
  }
  assert.is(output.match(/^FAIL bad\//gm)?.length, Object.keys(BAD).length);
  assert.is(lastLine, '6 passed, 13 failed');

  const pid = /left running: sleep 60 \((\d+)\)/.exec(output)?.[1];
  assert.is(await commandLineOf(pid), '', 'what was left behind is ended');
});

test('one bad file among good ones fails the run', async () => {
  const { exitCode, lastLine } = await runTests(['good/passes', 'bad/forgotten-run']);
  assert.is(exitCode, 1);
  assert.is(lastLine, '2 passed, 1 failed');
});

test('with --fast many files share a process, and each is judged as if it had its own', async () => {
  const bad = [
    'one-throws',
    'string-thrown',
    'before-throws',
    'no-tests',
    'forgotten-run',
    'leaves-folder',
    'skips-silently',
  ];
  const chosen = ['--fast', 'good/', 'bad/open-handle', ...bad.map((name) => `bad/${name}`)];
  const { exitCode, output, lastLine } = await runTests(chosen);
  assert.is(exitCode, 1);
  for (const name of bad) assert.ok(output.includes(`bad/${name}: ${BAD[name]}`), `${name}: ${BAD[name]}\n${output}`);
  assert.match(output, 'bad/open-handle: ran its tests, but an open handle kept it from ending within 5000 ms');
  assert.is(output.match(/^FAIL /gm)?.length, bad.length + 1);
  assert.match(lastLine ?? '', / passed, 8 failed$/);
});

test('files that start processes share one as well, and what each has left is found and ended', async () => {
  const chosen = ['--share', 'good/', 'bad/leaves-child', 'bad/leaves-folder', 'bad/one-throws'];
  const { exitCode, output, lastLine } = await runTests(chosen);
  assert.is(exitCode, 1);
  for (const name of ['leaves-child', 'leaves-folder', 'one-throws']) {
    assert.ok(output.includes(`bad/${name}: ${BAD[name]}`), output);
  }
  assert.is(output.match(/^FAIL /gm)?.length, 3);
  assert.match(lastLine ?? '', / passed, 3 failed$/);
  const pid = /left running: sleep 60 \((\d+)\)/.exec(output)?.[1];
  assert.is(await commandLineOf(pid), '');
});

test('with --fast a file whose process ends early, or does not end, fails, and so do the files after it in that process', async () => {
  for (const name of ['exits-early', 'never-settles']) {
    const { exitCode, output } = await runTests(['--fast', `bad/${name}`], IMPATIENT_MS);
    assert.is(exitCode, 1);
    assert.match(output, `bad/${name}: no summary of uvu`);
  }
});

test('with --fast a file that starts a process is not chosen', async () => {
  const { exitCode, output } = await runTests(['--fast', 'bad/leaves-child']);
  assert.is(exitCode, 1);
  assert.match(output, 'nothing matches bad/leaves-child');
});

async function commandLineOf(pid: string | undefined): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

test.run();
