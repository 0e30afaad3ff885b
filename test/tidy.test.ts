import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { TRIALS } from './support/guard-trials.ts';
import { GUARDS, type Guard } from './support/source-guards.ts';
import { suite } from './support/suite.ts';

const test = suite('tidy');
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NOT_OURS = new Set(['.git', 'node_modules', 'dist', '.tools', 'coverage']);

async function sourcesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries.map((entry) => {
    const path = join(folder, entry.name);
    if (NOT_OURS.has(entry.name)) return [];
    return entry.isDirectory() ? sourcesUnder(path) : entry.isFile() ? [path] : [];
  });
  return (await Promise.all(nested)).flat();
}

test('every file of the project passes every guard', async () => {
  const files = await sourcesUnder(ROOT);
  assert.ok(files.some((file) => file.endsWith('src/domain/definition/stream-name.ts')));
  const problems: string[] = [];
  for (const file of files) {
    const source = { path: relative(ROOT, file), text: await readFile(file, 'utf8') };
    for (const guard of Object.values(GUARDS)) {
      problems.push(...guard(source).map((problem) => `${source.path}: ${problem}`));
    }
  }
  assert.is(problems.join('\n'), '');
});

for (const [name, path, text, expected] of TRIALS) {
  const verb = expected === undefined ? 'lets pass' : 'refuses';
  test(`${name} ${verb} ${path}: ${text.slice(0, 60)}`, () => {
    const problems = guardNamed(name)({ path, text });
    if (expected === undefined) assert.equal(problems, []);
    else
      assert.ok(
        problems.some((problem) => problem.startsWith(expected)),
        `${expected}, not ${problems}`,
      );
  });
}

test('every guard is tried', () => {
  const tried = new Set(TRIALS.filter(([, , , problem]) => problem !== undefined).map(([guard]) => guard));
  assert.equal(
    Object.keys(GUARDS).filter((name) => !tried.has(name)),
    [],
  );
});

function guardNamed(name: string): Guard {
  const guard = GUARDS[name];
  if (guard === undefined) throw new Error(`there is no guard ${name}`);
  return guard;
}

test.run();
