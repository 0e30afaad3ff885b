/**
 * What a test file's process has proven: pure, from its output and its end.
 *
 * A file is good only when its uvu summary is there, ran something (or says why it skipped all), passed all of it, and the
 * process then ended by itself with exit code 0, leaving nothing behind.
 *
 * @param {{ output: string, exitCode: number | null, signal: string | null, expiredAfterMs?: number,
 *   leftProcesses: string[], leftFiles: string[], started?: string[] }} end `started`: programs, of a file that starts none
 */
export function verdictOf({ output, exitCode, signal, expiredAfterMs, leftProcesses, leftFiles, started = [] }) {
  const total = lastCount(output, 'Total');
  const passed = lastCount(output, 'Passed') ?? 0;
  const skipped = lastCount(output, 'Skipped') ?? 0;
  const skips = output.split('\n').filter((line) => line.startsWith('skipped: '));
  const problems = [];

  if (total === undefined) problems.push('no summary of uvu: was test.run() forgotten, or did the process end early?');
  if (total === 0 && skipped === 0) problems.push('ran no test');
  if (total !== undefined && passed !== total) problems.push(`${total - passed} of ${total} tests failed`);
  if (skipped > skips.length) problems.push('skipped tests without saying why: use skip() of test/support/suite.ts');
  if (expiredAfterMs !== undefined) {
    const what = total === undefined ? 'did not end' : 'ran its tests, but an open handle kept it from ending';
    problems.push(`${what} within ${expiredAfterMs} ms`);
  } else if (exitCode !== 0) {
    problems.push(`ended with ${signal ?? `exit code ${exitCode}`}`);
  }
  if (started.length > 0) problems.push(`starts ${[...new Set(started)].join(', ')}: name it in shared-files.mjs`);
  if (leftProcesses.length > 0) problems.push(`left running: ${leftProcesses.join('; ')}`);
  if (leftFiles.length > 0) problems.push(`left on disk: ${leftFiles.join(', ')}`);

  // A file that is bad for another reason than a failed test counts as one failure.
  const failedTests = total === undefined ? 0 : total - passed;
  return { passed, failed: Math.max(failedTests, problems.length > 0 ? 1 : 0), skipped, skips, problems };
}

function lastCount(output, word) {
  const counts = [...output.matchAll(new RegExp(`^ {2}${word}: +(\\d+)$`, 'gm'))];
  const last = counts.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}
