import { useSignal } from '@preact/signals';
import { addressOf } from '../address.ts';
import { ForEditors } from '../login/for-editors.tsx';
import { ApplyButton, CheckedLines, usePreview } from './preview.tsx';

const MAX_BYTES = 900_000;
const EXAMPLE = 'stream,input,title,dvr\ncam01,rtsp://user:password@10.1.1.7/h264,Gate 3,7d 100G';

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
      <ForEditors>
        <Importer />
      </ForEditors>
    </>
  );
}

function Importer() {
  const csv = useSignal('');
  const preview = usePreview();
  const { problem, said, isApplying } = preview;
  return (
    <form
      aria-label="Table"
      onSubmit={(event) => {
        event.preventDefault();
        preview.check(csv.peek());
      }}
    >
      <Source
        csv={csv.value}
        problem={problem}
        onText={(text) => {
          csv.value = text;
          preview.forget();
        }}
      />
      <p class="filters">
        <button type="submit" disabled={csv.value.trim() === '' || isApplying.value}>
          Show what it would change
        </button>
        <ApplyButton preview={preview} />
        <a href="/api/v1/streams.csv" download="streams.csv" target="_blank" rel="noopener">
          The present streams as a table
        </a>
        <a href={addressOf('define')}>Add one stream …</a>
        <a href={addressOf('find')}>Find cameras …</a>
      </p>
      <p role="alert" id="csv-problem" class="bad said">
        {problem}
      </p>
      <p role="status">{said}</p>
      <CheckedLines preview={preview} />
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
