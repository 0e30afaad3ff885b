import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { CameraLogin, CameraProfiles } from '../../src/domain/cameras/camera.ts';
import { someAtOnce } from '../../src/domain/gate.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { herd } from '../herd/herd-feed.ts';
import { ApplyButton, CheckedLines, usePreview } from '../import/preview.tsx';
import { countText } from '../words/amount.ts';
import { CameraTable } from './camera-table.tsx';
import { answered, type CameraRow, loginOf, streamNames, tableOf } from './found-cameras.ts';
import { LoginFields } from './login-fields.tsx';

/** Cameras that are asked at the same time: the server takes as many. */
const AT_ONCE = 4;
/** Longer than the server takes for one. */
const TIMEOUT_MS = 45_000;

interface DeskProps {
  readonly rows: readonly CameraRow[];
  readonly onRows: (rows: readonly CameraRow[]) => void;
}

/** What was found: chosen, asked, and looked at before anything is added. */
export function CameraDesk({ rows, onRows }: DeskProps) {
  const login = useSignal<CameraLogin>({ user: '', password: '' });
  const isAsking = useSignal(false);
  const preview = usePreview();
  // Answers come one after the other, each to what the table is then.
  const latest = useRef(rows);
  // Of the herd as it was: what is added from here keeps its name in the table.
  const taken = useRef(new Set(herd.peek().streams.keys()));
  latest.current = rows;
  const leaving = useRef(new AbortController());
  // Answers that come after another search, or on another page, are of no use.
  useEffect(() => () => leaving.current.abort(), []);
  const set = (next: readonly CameraRow[]) => {
    latest.current = next;
    preview.forget();
    onRows(next);
  };
  const setRow = (index: number, change: (row: CameraRow) => CameraRow) => {
    set(latest.current.map((row, at) => (at === index ? change(row) : row)));
  };
  const askAll = async () => {
    isAsking.value = true;
    const { signal } = leaving.current;
    const chosen = rows.flatMap((row, index) => (row.isChosen ? [{ row, index }] : []));
    await someAtOnce(chosen, AT_ONCE, async ({ row, index }) => {
      if (signal.aborted) return;
      setRow(index, (now) => ({ ...now, said: { is: 'asking' } }));
      const next = await asked(row, loginOf(row, login.peek()), signal);
      if (!signal.aborted) setRow(index, next);
    });
    isAsking.value = false;
  };
  const names = streamNames(rows, taken.current);
  const csv = tableOf(rows, names, login.value);
  const count = rows.filter(({ isChosen }) => isChosen).length;
  return (
    <>
      <fieldset>
        <legend>Login of the cameras</legend>
        <LoginFields
          login={login.value}
          onLogin={(next) => {
            login.value = next;
            preview.forget();
          }}
        />
      </fieldset>
      <CameraTable rows={rows} names={names} login={login.value} onRow={setRow} />
      <p class="filters">
        <button type="button" disabled={isAsking.value || count === 0} onClick={() => void askAll()}>
          Ask {countText(count, 'camera')} what they send
        </button>
        <button type="button" disabled={csv === '' || isAsking.value} onClick={() => preview.check(csv)}>
          Show what it would change
        </button>
        <ApplyButton preview={preview} />
      </p>
      <p role="alert" class="bad said">
        {preview.problem}
      </p>
      <p role="status">{isAsking.value ? 'The cameras are asked …' : preview.said}</p>
      <CheckedLines preview={preview} />
    </>
  );
}

async function asked(
  { camera }: CameraRow,
  login: CameraLogin,
  signal: AbortSignal,
): Promise<(row: CameraRow) => CameraRow> {
  const body = { url: camera.url, ...(login.user !== '' && login) };
  const question = { method: 'POST', body, timeoutMs: TIMEOUT_MS, signal };
  try {
    const { answer } = await ask<CameraProfiles>('/api/v1/cameras/profiles', question);
    return (row) => answered(row, answer);
  } catch (error) {
    return (row) => ({ ...row, said: { is: 'failed', why: reasonOf(error) } });
  }
}
