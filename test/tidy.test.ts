import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { TREE_TRIALS, TRIALS } from './support/guard-trials.ts';
import { GUARDS, noOldExceptions, type Source, TREE_GUARDS } from './support/source-guards.ts';
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
  const sources: Source[] = [];
  for (const file of files) {
    const source = { path: relative(ROOT, file), text: await readFile(file, 'utf8') };
    sources.push(source);
    for (const guard of Object.values(GUARDS)) {
      problems.push(...guard(source).map((problem) => `${source.path}: ${problem}`));
    }
  }
  for (const guard of Object.values(TREE_GUARDS)) problems.push(...guard(sources));
  assert.is(problems.join('\n'), '');
});

for (const [name, path, text, expected] of TRIALS) {
  test(`${name} ${verb(expected)} ${path}: ${text.slice(0, 60)}`, () => {
    judge(guardNamed(GUARDS, name)({ path, text }), expected);
  });
}

for (const [name, title, files, expected] of TREE_TRIALS) {
  test(`${name} ${verb(expected)} ${title}`, () => {
    const sources = Object.entries(files).map(([path, text]) => ({ path, text }));
    judge(guardNamed(TREE_GUARDS, name)(sources), expected);
  });
}

test('noOldExceptions refuses a file and a folder that are small enough, and lets pass what is not', () => {
  const guard = noOldExceptions({ 'src/a.ts': 300, 'src/b.ts': 300, 'src/c': 13 });
  const sources = [
    { path: 'src/a.ts', text: 'x;\n'.repeat(251) },
    { path: 'src/b.ts', text: 'x;\n'.repeat(250) },
  ];
  assert.equal(guard(sources), [
    'src/b.ts need not be in STILL_LARGER any more',
    'src/c need not be in STILL_LARGER any more',
  ]);
});

test('every guard is tried', () => {
  const tried = [...TRIALS, ...TREE_TRIALS].filter(([, , , problem]) => problem !== undefined).map(([guard]) => guard);
  const guards = [...Object.keys(GUARDS), ...Object.keys(TREE_GUARDS)];
  assert.equal(
    guards.filter((name) => name !== 'noOldExceptions' && !tried.includes(name)),
    [],
  );
});

function verb(expected: string | undefined): string {
  return expected === undefined ? 'lets pass' : 'refuses';
}

function judge(problems: readonly string[], expected: string | undefined): void {
  if (expected === undefined) assert.equal(problems, []);
  else
    assert.ok(
      problems.some((problem) => problem.includes(expected)),
      `${expected}, not ${problems}`,
    );
}

function guardNamed<Guard>(guards: Readonly<Record<string, Guard>>, name: string): Guard {
  const guard = guards[name];
  if (guard === undefined) throw new Error(`there is no guard ${name}`);
  return guard;
}

test.run();
