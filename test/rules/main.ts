/**
 * `npm run rules [-- RULE…]`: takes each rule of `taken-away.ts` away in a copy of what was built, and runs the test that has to find
 * it. Ends with exit code 1 when a test does not, when one fails without it, or when the code no longer has the piece.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TakenAway } from './row.ts';
import { pieceOf, staleness } from './staleness.ts';
import { TAKEN_AWAY } from './taken-away.ts';

const DIST = fileURLToPath(new URL('../../', import.meta.url));
/** Beside `dist`, so that packages and documents are found from there. */
const TRIAL = join(DIST, '..', '.trial');
const DEADLINE_MS = 90_000;

const wanted = process.argv.slice(2);
const chosen = TAKEN_AWAY.filter(({ rule }) => wanted.length === 0 || wanted.includes(rule));
const problems: string[] = [];

try {
  for (const folder of ['src', 'test', 'scripts', 'web']) {
    cpSync(join(DIST, folder), join(TRIAL, folder), { recursive: true, filter: (path) => !path.endsWith('.map') });
  }
  for (const test of new Set(chosen.map((each) => each.test))) {
    if (runTest(test) !== 'passed') problems.push(`${test} does not pass as it is`);
  }
  if (problems.length === 0) for (const each of chosen) judge(each);
} finally {
  rmSync(TRIAL, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
console.log(`${chosen.length} rules taken away, ${problems.length} problems`);
process.exitCode = chosen.length > 0 && problems.length === 0 ? 0 : 1;

function judge({ rule, title, file, from, to, test }: TakenAway): void {
  const path = join(TRIAL, 'src', `${file}.js`);
  const problem = staleness({ rule, title, file, from, to, test }, TRIAL);
  if (problem !== undefined) return void problems.push(problem);
  const text = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    text.replace(pieceOf(from), () => to),
  );
  const outcome = runTest(test);
  writeFileSync(path, text);
  console.log(`${outcome === 'failed' ? 'found' : 'NOT FOUND'} ${rule}: ${title} (${test})`);
  if (outcome !== 'failed') problems.push(`${rule}: ${test} ${outcome} although ${title}`);
}

/** A test that does not end, or that breaks before its judgement, has found nothing: uvu's summary has to be there. */
function runTest(test: string): 'passed' | 'failed' | 'broke' {
  const { status, stdout } = spawnSync(process.execPath, [join(TRIAL, 'test', `${test}.test.js`)], {
    cwd: DIST,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  if (!/^ {2}Total: +[1-9]/m.test(stdout)) return 'broke';
  return status === 0 ? 'passed' : 'failed';
}
