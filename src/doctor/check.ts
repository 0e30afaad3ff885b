export type Level = 'ok' | 'warning' | 'failure';

export interface Outcome {
  readonly level: Level;
  /** One sentence. */
  readonly why: string;
}

/** A trial of something that a server needs. An error that it throws is a failure. */
export interface Check {
  readonly name: string;
  run(): Promise<Outcome | readonly Outcome[]>;
}

export interface CheckResult extends Outcome {
  readonly name: string;
}

/** Longer than each of the things that a check waits for. */
const WITHIN_MS = 15_000;

export const ok = (why: string): Outcome => ({ level: 'ok', why });
export const warning = (why: string): Outcome => ({ level: 'warning', why });
export const failure = (why: string): Outcome => ({ level: 'failure', why });

/** Runs all checks at once; the results are in their order. A check that hangs or breaks does not disturb the others. */
export async function runChecks(checks: readonly Check[], withinMs = WITHIN_MS): Promise<readonly CheckResult[]> {
  const results = await Promise.all(
    checks.map(async (check) => {
      const outcome = await outcomeOf(check, withinMs);
      return [outcome].flat().map((each) => ({ name: check.name, ...each }));
    }),
  );
  return results.flat();
}

async function outcomeOf(check: Check, withinMs: number): Promise<Outcome | readonly Outcome[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve(failure(`it has not ended within ${withinMs / 1000} s`)), withinMs);
  });
  try {
    return await Promise.race([check.run(), late]);
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}
