/** One line of SPEC-CHECKLIST.md: what stands in backticks, and what in italics. */
export interface Line {
  readonly rule: string;
  readonly code: readonly string[];
  readonly attacks: readonly string[];
  /** Titles of planted faults. */
  readonly planted: readonly string[];
  /** Numbers of what the simulation found. */
  readonly found: readonly number[];
  readonly proof: string;
}

/** What a line may name. */
export interface Known {
  /** Every file of the project, from its root. */
  readonly files: readonly string[];
  /** Rules that SPEC and the machines of streams and captures define. */
  readonly rules: ReadonlySet<string>;
  /** Faults that the simulation plants. */
  readonly planted: ReadonlySet<string>;
  /** Rules that `npm run rules` takes away. */
  readonly takenAway: ReadonlySet<string>;
  /** Of `npm run attack` and `npm run faults`, by their names. */
  readonly attacks: ReadonlySet<string>;
  readonly faults: ReadonlySet<string>;
  /** How many findings of the simulation are written down. */
  readonly findings: number;
}

const TAKEN_AWAY = /\btaken away\b/;

export function checklistOf(text: string): readonly Line[] {
  return [...text.matchAll(/^\| \*\*([A-Z]\d+)\*\* \|(.*)\|(.*)\|(.*)\|$/gm)].map(
    ([, rule = '', code = '', attack = '', proof = '']) => ({
      rule,
      code: quoted(code, '`'),
      attacks: quoted(attack, '`'),
      planted: quoted(proof, '*'),
      found: [...proof.matchAll(/\bfound (\d+(?:, \d+)*)/g)].flatMap(([, numbers = '']) =>
        numbers.split(', ').map(Number),
      ),
      proof: proof.trim(),
    }),
  );
}

/** Rules whose promise the page lists as not attacked, or not completely. */
export function gapsOf(text: string): readonly string[] {
  return [...text.matchAll(/^\| (\*\*[A-Z]\d+\*\*(?:, \*\*[A-Z]\d+\*\*)*) \|[^|]*\|[^|]*\|$/gm)].flatMap(
    ([, rules = '']) => quoted(rules, '**'),
  );
}

/** What is wrong with the checklist, a sentence each. */
export function checklistProblems(text: string, known: Known): readonly string[] {
  const lines = checklistOf(text);
  const gaps = gapsOf(text);
  const named = lines.map(({ rule }) => rule);
  const ofLines = lines.flatMap((line) => lineProblems(line, known, gaps).map((problem) => `${line.rule}: ${problem}`));
  const unlisted = [...known.rules].filter((rule) => !named.includes(rule)).map((rule) => `${rule}: has no line`);
  const twice = named.filter((rule, at) => named.indexOf(rule) !== at).map((rule) => `${rule}: has two lines`);
  const strange = gaps.filter((rule) => !known.rules.has(rule)).map((rule) => `${rule}: a gap of no rule`);
  const planted = new Set(lines.flatMap((line) => line.planted));
  const attacks = new Set(lines.flatMap((line) => line.attacks));
  const unused = [
    ...[...known.planted]
      .filter((title) => !planted.has(title))
      .map((title) => `no rule names what is planted: ${title}`),
    ...[...known.attacks]
      .filter((name) => !attacks.has(`attack: ${name}`))
      .map((name) => `no rule names the attack ${name}`),
  ];
  return [...ofLines, ...unlisted, ...twice, ...strange, ...unused];
}

function lineProblems({ rule, code, attacks, planted, found, proof }: Line, known: Known, gaps: readonly string[]) {
  const isTakenAway = TAKEN_AWAY.test(proof);
  return [
    ...(known.rules.has(rule) ? [] : ['there is no such rule']),
    ...(code.length > 0 ? [] : ['no code is named']),
    ...(attacks.length > 0 || gaps.includes(rule) ? [] : ['no attack is named, and no gap']),
    ...(proof !== '–' || gaps.includes(rule) ? [] : ['nothing shows that the attack can find it, and no gap says so']),
    ...code.flatMap((name) => fileProblem(name, 'src/', known.files)),
    ...attacks.flatMap((name) => attackProblem(name, known)),
    ...planted.filter((title) => !known.planted.has(title)).map((title) => `nothing is planted as: ${title}`),
    ...found.filter((nth) => nth < 1 || nth > known.findings).map((nth) => `there is no finding ${nth}`),
    ...(isTakenAway === known.takenAway.has(rule)
      ? []
      : [isTakenAway ? 'test/rules takes nothing away' : 'test/rules takes it away']),
  ];
}

function attackProblem(name: string, { files, attacks, faults }: Known): readonly string[] {
  const [, kind, which = ''] = /^(attack|fault): (.*)$/.exec(name) ?? [];
  if (kind === 'attack') return attacks.has(which) ? [] : [`there is no attack ${which}`];
  if (kind === 'fault') return faults.has(which) ? [] : [`there is no fault ${which}`];
  return fileProblem(name, name.startsWith('bench/') ? '' : 'test/', files);
}

/** Files are named by the end of their path, as much of it as distinguishes them from others. */
function fileProblem(name: string, below: string, files: readonly string[]): readonly string[] {
  const fitting = files.filter((path) => path.startsWith(below) && `/${path}`.endsWith(`/${name}`));
  if (fitting.length === 1) return [];
  return [fitting.length === 0 ? `there is no ${below}…/${name}` : `${name} may be ${fitting.join(' or ')}`];
}

function quoted(text: string, mark: string): readonly string[] {
  return text.split(mark).filter((_, at) => at % 2 === 1);
}

/** The rules that a text defines: of SPEC at the begin of a line or of a table's row, of machines in their list. */
export function rulesOf(text: string): readonly string[] {
  return [...text.matchAll(/^(?:(?:\| )?\*\*([A-Z]\d+)\*\*| \* - ([A-Z]\d+) )/gm)].map(
    ([, spec, machine]) => spec ?? machine ?? '',
  );
}

/** Letters that rules begin with, so that `H264` and the like are no rules. */
const RULE = /\b[ABCDGHIJKLMNOPRSTUVWX]\d{1,2}\b/g;

export function rulesInComments(text: string): readonly string[] {
  const comments = text.match(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{}),])\/\/.*$/gm) ?? [];
  return comments.flatMap((comment) => comment.match(RULE) ?? []);
}
