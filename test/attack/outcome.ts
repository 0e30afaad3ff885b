import { type Attack, type Bound, type Report, USUAL_BOUND } from './attack.ts';

/** The harm that an attack has done. */
export interface Outcome {
  readonly attack: Pick<Attack, 'name' | 'bound'>;
  readonly report: Report;
  /** Cameras whose pull ended meanwhile. */
  readonly ended: readonly string[];
  /** Sessions that were fenced or evicted. */
  readonly leasesLost: number;
  /** Times that were captured and not recorded. */
  readonly unrecorded: number;
  /** Server processes that were replaced by others. */
  readonly killed: readonly string[];
  readonly peakMb: number;
  readonly leftMb: number;
  readonly leftFiles: number;
  readonly answerMs: number;
  /** Of a client of another address, while the attack lasted. */
  readonly slowestMs: number;
  readonly unanswered: number;
}

export function problemsOf(outcome: Outcome): readonly string[] {
  const { attack, report, ended, leasesLost, unrecorded, killed, unanswered } = outcome;
  const bound: Bound = { ...USUAL_BOUND, ...attack.bound };
  const over = (what: keyof Bound & keyof Outcome, unit: string) =>
    outcome[what] <= bound[what] ? [] : [`${what} ${outcome[what].toFixed(0)} ${unit}, at most ${bound[what]}`];
  return [
    ...report.problems,
    ...(ended.length === 0 ? [] : [`captures ended: ${ended.join(', ')}`]),
    ...(leasesLost === 0 ? [] : [`${leasesLost} leases were lost`]),
    ...(unrecorded === 0 ? [] : [`${unrecorded} times were captured and not recorded`]),
    ...(killed.length === 0 ? [] : [`server processes ended: ${killed.join(', ')}`]),
    ...over('peakMb', 'MB'),
    ...over('leftMb', 'MB'),
    ...over('leftFiles', 'files'),
    ...over('answerMs', 'ms'),
    ...over('slowestMs', 'ms'),
    ...(unanswered === 0 ? [] : [`${unanswered} questions of others were not answered`]),
  ];
}

export function lineOf(outcome: Outcome): string {
  const { attack, report, ended, leasesLost, killed, peakMb, leftMb, leftFiles, answerMs, slowestMs, unanswered } =
    outcome;
  const problems = problemsOf(outcome);
  const figures = [
    `captures ended ${ended.length}`,
    `leases lost ${leasesLost}`,
    `servers killed ${killed.length}`,
    `memory +${peakMb.toFixed(0)} MB, left ${signed(leftMb)} MB`,
    `files left ${signed(leftFiles)}`,
    `next correct answer ${answerMs.toFixed(0)} ms`,
    `slowest answer to others ${slowestMs.toFixed(0)} ms${unanswered === 0 ? '' : `, ${unanswered} unanswered`}`,
  ];
  const verdict = problems.length === 0 ? 'ok  ' : 'FAIL';
  const failed = problems.slice(0, 20).map((problem) => `\n     ${problem}`);
  return `${verdict} ${attack.name}: ${figures.join('; ')} (${report.did})${failed.join('')}`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(0)}`;
}
