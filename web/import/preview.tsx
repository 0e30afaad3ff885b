import { type Signal, useSignal } from '@preact/signals';
import { someAtOnce } from '../../src/domain/gate.ts';
import type { CheckedLine } from '../../src/http/api/definitions/csv/csv-routes.ts';
import { inPath } from '../address.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { session } from '../login/session.ts';
import { countText } from '../words/amount.ts';
import { CheckedTable } from './checked-table.tsx';
import { countsText, endText, type Fate, firstChoice, type ImportState, toApply } from './import-lines.ts';

/** Lines that are applied at the same time. */
const AT_ONCE = 4;

/** A table of streams is looked at first, and then applied as far as it is chosen. */
export interface Preview {
  readonly state: Signal<ImportState | undefined>;
  readonly isApplying: Signal<boolean>;
  /** Why the table cannot be read. */
  readonly problem: Signal<string>;
  /** What is said aloud. */
  readonly said: Signal<string>;
  check(csv: string): void;
  /** The table has changed, so what was said of it holds no longer. */
  forget(): void;
}

export function usePreview(): Preview {
  const problem = useSignal('');
  const state = useSignal<ImportState | undefined>(undefined);
  const isApplying = useSignal(false);
  const said = useSignal('');
  const check = (csv: string) => {
    problem.value = '';
    said.value = '';
    void ask<{ lines: readonly CheckedLine[] }>('/api/v1/check/csv', { method: 'POST', body: { csv } }).then(
      ({ answer }) => {
        state.value = firstChoice(answer.lines);
        said.value = `If all is applied: ${countsText(answer.lines)}.`;
      },
      (error: unknown) => {
        state.value = undefined;
        problem.value = reasonOf(error);
      },
    );
  };
  const forget = () => {
    state.value = undefined;
    said.value = '';
  };
  return { state, isApplying, problem, said, check, forget };
}

async function apply({ state, isApplying, said }: Preview): Promise<void> {
  const now = state.peek();
  if (now === undefined) return;
  isApplying.value = true;
  const tell = (line: number, fate: Fate) => {
    const before = state.peek() ?? now;
    state.value = { ...before, fates: new Map(before.fates).set(line, fate) };
  };
  await someAtOnce(toApply(now), AT_ONCE, async (line) => tell(line.line, await applied(line)));
  isApplying.value = false;
  said.value = endText(state.peek()?.fates ?? new Map());
}

/** A stream that another user has changed since the table was checked is not overwritten. */
async function applied({ stream, revision, definition }: CheckedLine): Promise<Fate> {
  try {
    await ask(`/api/v1/streams/${inPath(stream)}?revision=${revision}`, { method: 'PUT', body: definition });
    return { is: 'done' };
  } catch (error) {
    return { is: 'failed', why: reasonOf(error) };
  }
}

export function ApplyButton({ preview }: { preview: Preview }) {
  const now = preview.state.value;
  const count = now === undefined ? 0 : toApply(now).length;
  if (count === 0) return null;
  return (
    <button type="button" disabled={preview.isApplying.value} onClick={() => void apply(preview)}>
      Apply {countText(count, 'line')}, as {session.value?.user}
    </button>
  );
}

export function CheckedLines({ preview: { state, isApplying } }: { preview: Preview }) {
  if (state.value === undefined) return null;
  return <CheckedTable state={state.value} isFixed={isApplying.value} onChoice={(next) => (state.value = next)} />;
}
