import { useSignal } from '@preact/signals';
import type { CheckedLine } from '../../src/http/api/definitions/csv/csv-routes.ts';
import { addressOf, inPath } from '../address.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { NotAllowed } from '../login/change.tsx';
import { mayChange, session } from '../login/session.ts';
import { countText } from '../words/amount.ts';
import { CheckedTable } from './checked-table.tsx';
import { countsText, endText, type Fate, firstChoice, type ImportState, toApply } from './import-lines.ts';

const MAX_BYTES = 900_000;
const EXAMPLE = 'stream,input,title,dvr\ncam01,rtsp://user:password@10.1.1.7/h264,Gate 3,7d 100G';
/** Lines that are applied at the same time. */
const AT_ONCE = 4;

/** Many streams at once, from a table. */
export function ImportPage() {
  return (
    <>
      <h1 tabIndex={-1}>Import streams</h1>
      <p>
        A table with a header: <code>stream</code>, <code>input</code> (several columns for several inputs),{' '}
        <code>title</code>, <code>dvr</code>, <code>transcoder</code>, <code>backup_transcoder</code>,{' '}
        <code>capture_at</code>, <code>push</code>, <code>weight</code>, <code>disabled</code>, with cells as in a
        configuration file. A column that is not there leaves its word as it is. Streams that are not in the table stay
        as they are.
      </p>
      {mayChange() ? <Importer /> : <NotAllowed />}
    </>
  );
}

function Importer() {
  const csv = useSignal('');
  const problem = useSignal('');
  const state = useSignal<ImportState | undefined>(undefined);
  const isApplying = useSignal(false);
  const said = useSignal('');
  const edit = (text: string) => {
    csv.value = text;
    state.value = undefined;
    said.value = '';
  };
  const check = () => {
    problem.value = '';
    said.value = '';
    void ask<{ lines: readonly CheckedLine[] }>('/api/v1/check/csv', {
      method: 'POST',
      body: { csv: csv.peek() },
    }).then(
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
  const apply = async () => {
    const now = state.peek();
    if (now === undefined) return;
    isApplying.value = true;
    const tell = (line: number, fate: Fate) => {
      const before = state.peek() ?? now;
      state.value = { ...before, fates: new Map(before.fates).set(line, fate) };
    };
    const waiting = toApply(now).values();
    // Each takes the next line, until there is none.
    const work = async () => {
      for (const line of waiting) tell(line.line, await applied(line));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    isApplying.value = false;
    said.value = endText(state.peek()?.fates ?? new Map());
  };
  const now = state.value;
  const count = now === undefined ? 0 : toApply(now).length;
  return (
    <form
      aria-label="Table"
      onSubmit={(event) => {
        event.preventDefault();
        check();
      }}
    >
      <Source csv={csv.value} problem={problem} onText={edit} />
      <p class="filters">
        <button type="submit" disabled={csv.value.trim() === '' || isApplying.value}>
          Show what it would change
        </button>
        {count > 0 && (
          <button type="button" disabled={isApplying.value} onClick={() => void apply()}>
            Apply {countText(count, 'line')}, as {session.value?.user}
          </button>
        )}
        <a href="/api/v1/streams.csv" download="streams.csv" target="_blank" rel="noopener">
          The present streams as a table
        </a>
        <a href={addressOf('define')}>Add one stream …</a>
      </p>
      <p role="alert" id="csv-problem" class="bad said">
        {problem}
      </p>
      <p role="status">{said}</p>
      {now !== undefined && (
        <CheckedTable state={now} isFixed={isApplying.value} onChoice={(next) => (state.value = next)} />
      )}
    </form>
  );
}

interface SourceProps {
  readonly csv: string;
  readonly problem: { value: string };
  readonly onText: (text: string) => void;
}

function Source({ csv, problem, onText }: SourceProps) {
  const read = (file: File | undefined) => {
    if (file === undefined) return;
    problem.value = file.size > MAX_BYTES ? `expected at most ${MAX_BYTES} bytes, found ${file.size}` : '';
    if (problem.value === '') void file.text().then(onText);
  };
  return (
    <>
      <div class="field">
        <label for="csv-file">A file</label>
        <input
          id="csv-file"
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          onChange={({ currentTarget }) => read(currentTarget.files?.[0])}
        />
      </div>
      <div class="field">
        <label for="csv-text">or its text</label>
        <textarea
          id="csv-text"
          rows={8}
          spellcheck={false}
          placeholder={EXAMPLE}
          maxLength={MAX_BYTES}
          aria-describedby="csv-problem"
          value={csv}
          onInput={({ currentTarget }) => onText(currentTarget.value)}
        />
      </div>
    </>
  );
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
