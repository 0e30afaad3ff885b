import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { HERD_EVENT_KINDS, WARNINGS } from '../src/domain/herd-event.ts';
import { suite } from './support/suite.ts';

const test = suite('documents');

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = /^(?:src|test|bench|config|scripts|web)\//;
/** Sources by their name alone: `lease.ts`. Names of what a user writes (`streamherd.conf`) are none of ours. */
const SOURCE = /^[\w-]+(?:\.test)?\.(?:ts|mjs)$/;
/** A path is written without its ending where it is a test or a bench. */
const ENDINGS = ['', '.ts', '.test.ts', '.mjs', '/'];

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .trim()
  .split('\n');
const DOCUMENTS = files.filter((path) =>
  /^(?:README|ARCHITECTURE|SPEC|SPEC-CHECKLIST|TESTING|CONTRIBUTING|docs\/.*)\.md$/.test(path),
);
const textOf = (path: string) => readFileSync(`${ROOT}/${path}`, 'utf8');

test('every file that a document names exists', () => {
  const missing = DOCUMENTS.flatMap((document) =>
    namesIn(textOf(document))
      .filter((name) => !exists(name))
      .map((name) => `${document}: ${name}`),
  );
  assert.equal(missing, []);
});

test('every rule of SPEC has a number of its own, and every rule that is named elsewhere is there', () => {
  const rules = new Set<string>();
  const sources = ['SPEC.md', ...files.filter((path) => path.startsWith('src/machines/'))];
  for (const path of sources) {
    const defined = path.endsWith('.md') ? /^(?:\| )?\*\*([A-Z]\d+)\*\*/gm : /^ \* - ([A-Z]\d+) /gm;
    for (const [, rule = ''] of textOf(path).matchAll(defined)) {
      assert.not.ok(rules.has(rule), `${path} has a second ${rule}`);
      rules.add(rule);
    }
  }
  assert.ok(rules.size > 50, `${rules.size} rules`);
  const unknown = [...DOCUMENTS, ...files.filter((path) => /^(?:src|test)\/.*\.ts$/.test(path))].flatMap((path) =>
    [...textOf(path).matchAll(/\bSPEC(?:’s|'s|,)? ([A-Z]\d+)\b|\(([A-Z]\d+)\)/g)]
      .map(([, named, inBrackets]) => named ?? inBrackets ?? '')
      .filter((rule) => !rules.has(rule))
      .map((rule) => `${path}: ${rule}`),
  );
  assert.equal(unknown, []);
});

test('docs/operating.md says of every event what to do, and marks the warnings', () => {
  const rows = textOf('docs/operating.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const said = new Map(
    rows.flatMap((row) => [...row.matchAll(/`([a-z-]+)`( !)?/g)].map(([, kind, mark]) => [kind, mark])),
  );
  const missing = HERD_EVENT_KINDS.filter((kind) => !said.has(kind));
  const wronglyMarked = HERD_EVENT_KINDS.filter((kind) => (said.get(kind) !== undefined) !== WARNINGS.has(kind));
  assert.equal({ missing, wronglyMarked }, { missing: [], wronglyMarked: [] });
});

/** Texts in backticks that look like files of the project. */
function namesIn(text: string): readonly string[] {
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name);
  return [...new Set(quoted.filter((name) => FOLDERS.test(name) || SOURCE.test(name)))];
}

function exists(name: string): boolean {
  if (!name.includes('/')) return files.some((path) => path.split('/').at(-1) === name);
  // `test/cluster/{amnesia,crash}` and `test/faults/*-faults.ts`
  const [, before = name, among, after = ''] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(name) ?? [];
  if (among !== undefined) return among.split(',').every((each) => exists(`${before}${each.trim()}${after}`));
  const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
  return ENDINGS.some((ending) =>
    files.some(
      (path) => pattern.test(path) || path === `${name}${ending}` || path.startsWith(`${name.replace(/\/$/, '')}/`),
    ),
  );
}

test.run();
