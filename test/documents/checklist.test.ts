import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { ATTACKS } from '../attack/attacks.ts';
import { faultKinds } from '../faults/fault-kinds.ts';
import { TAKEN_AWAY } from '../rules/taken-away.ts';
import { PLANTED } from '../simulation/planted.ts';
import { checklistProblems, type Known, rulesInComments, rulesOf } from '../support/checklist.ts';
import { suite } from '../support/suite.ts';

const test = suite('documents/checklist');

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
});
const files = listed.trim().split('\n');
const textOf = (path: string) => readFileSync(`${ROOT}/${path}`, 'utf8');
const machines = files.filter((path) => path.startsWith('src/machines/'));

test('every rule has a line in the checklist, and everything that it names is there', () => {
  const known: Known = {
    files,
    rules: new Set(rulesOf(['SPEC.md', ...machines].map(textOf).join('\n'))),
    planted: new Set(PLANTED.map(({ title }) => title)),
    takenAway: new Set(TAKEN_AWAY.map(({ rule }) => rule)),
    attacks: new Set(ATTACKS.map(({ name }) => name)),
    faults: new Set(faultKinds({ busMs: 60_000, nodeMs: 12_000 }).map(({ name }) => name)),
    findings: [...textOf('TESTING.md').matchAll(/^\d+\. \*\*/gm)].length,
  };
  assert.ok(known.rules.size > 80, `${known.rules.size} rules`);
  assert.equal(checklistProblems(textOf('SPEC-CHECKLIST.md'), known), []);
});

test('every rule that a comment names is there', () => {
  const rules = new Set(rulesOf(['SPEC.md', ...machines].map(textOf).join('\n')));
  const unknown = files
    .filter((path) => /^(?:src|test)\/.*\.ts$/.test(path) && !path.startsWith('test/documents/'))
    .flatMap((path) =>
      rulesInComments(textOf(path))
        .filter((rule) => !rules.has(rule))
        .map((rule) => `${path}: ${rule}`),
    );
  assert.equal(unknown, []);
});

const SAMPLE: Known = {
  files: ['src/a/one.ts', 'src/b/one.ts', 'src/a/two.ts', 'test/two.test.ts', 'bench/two.ts'],
  rules: new Set(['S1', 'I1']),
  planted: new Set(['no pledges']),
  takenAway: new Set(['I1']),
  attacks: new Set(['flood']),
  faults: new Set(['disk: full']),
  findings: 2,
};
const S1 =
  '| **S1** | `two.ts` | `two.test.ts`, `bench/two.ts`, `attack: flood`, `fault: disk: full` | *no pledges*; found 1, 2 |';
const I1 = '| **I1** | `a/one.ts` | `two.test.ts` | taken away |';

test('a checklist that is right passes', () => {
  assert.equal(checklistProblems(`${S1}\n${I1}`, SAMPLE), []);
  assert.equal(
    checklistProblems(`${S1}\n| **I1** | \`two.ts\` | | taken away |\n| **I1** | nothing | time |`, SAMPLE),
    [],
  );
});

const BAD: readonly (readonly [what: string, text: string, problem: string])[] = [
  ['a rule without a line', S1, 'I1: has no line'],
  ['a rule with two lines', `${S1}\n${I1}\n${I1}`, 'I1: has two lines'],
  ['a line for no rule', `${S1}\n${I1}\n${I1.replace('I1', 'I9')}`, 'I9: there is no such rule'],
  ['code that is gone', `${S1.replace('`two.ts`', '`three.ts`')}\n${I1}`, 'S1: there is no src/…/three.ts'],
  [
    'code that two files may be',
    `${S1}\n${I1.replace('a/one.ts', 'one.ts')}`,
    'I1: one.ts may be src/a/one.ts or src/b/one.ts',
  ],
  ['no code', `${S1}\n${I1.replace('`a/one.ts`', 'everything')}`, 'I1: no code is named'],
  ['a test that is gone', `${S1}\n${I1.replace('two.test', 'one.test')}`, 'I1: there is no test/…/one.test.ts'],
  ['no test', `${S1}\n${I1.replace('`two.test.ts`', 'people')}`, 'I1: no attack is named, and no gap'],
  ['an attack that is gone', `${S1.replace(': flood', ': drought')}\n${I1}`, 'S1: there is no attack drought'],
  ['a fault that is gone', `${S1.replace('disk: full', 'disk: empty')}\n${I1}`, 'S1: there is no fault disk: empty'],
  [
    'a planted fault that is gone',
    `${S1.replace('no pledges', 'no clocks')}\n${I1}`,
    'S1: nothing is planted as: no clocks',
  ],
  [
    'a planted fault of no rule',
    `${S1.replace('*no pledges*; ', '')}\n${I1}`,
    'no rule names what is planted: no pledges',
  ],
  ['an attack of no rule', `${S1.replace('`attack: flood`, ', '')}\n${I1}`, 'no rule names the attack flood'],
  ['a finding that is none', `${S1.replace('found 1, 2', 'found 3')}\n${I1}`, 'S1: there is no finding 3'],
  [
    'a rule that is not taken away',
    `${S1.replace('found', 'taken away; found')}\n${I1}`,
    'S1: test/rules takes nothing away',
  ],
  ['a rule that is', `${S1}\n${I1.replace('taken away', 'own cases')}`, 'I1: test/rules takes it away'],
  [
    'nothing that shows it',
    `${S1.replace('*no pledges*; found 1, 2', '–')}\n${I1}`,
    'S1: nothing shows that the attack can find it',
  ],
  ['a gap of no rule', `${S1}\n${I1}\n| **Q7** | nothing | time |`, 'Q7: a gap of no rule'],
];
for (const [what, text, problem] of BAD) {
  test(`refused: ${what}`, () => {
    const problems = checklistProblems(text, SAMPLE);
    assert.ok(
      problems.some((each) => each.startsWith(problem)),
      `${problem}, not ${problems.join('; ')}`,
    );
  });
}

test('rules are read where they are defined, and where comments name them', () => {
  assert.equal(rulesOf('| **S1** | a promise\n**T1** Each E\n * - C4 Numbers\nas **V1** says'), ['S1', 'T1', 'C4']);
  assert.equal(rulesInComments("/** V3, and (D4). */\nconst at = 'M7 0'; // X1 of H264\n// O10: 5 s"), [
    'V3',
    'D4',
    'X1',
    'O10',
  ]);
  assert.equal(rulesInComments("const url = 'http://L1'; // no rule"), []);
});

test.run();
