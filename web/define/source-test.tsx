import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { factsText, type SourceTest as Tested } from '../../src/domain/definition/source-test.ts';
import { adviceOf } from '../../src/domain/source-failure.ts';
import { ask, reasonOf } from '../herd/ask.ts';

/** Longer than the server takes. */
const TIMEOUT_MS = 30_000;

type Said =
  | { readonly is: 'asking' }
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'done'; readonly tested: Tested };

/** Has the server that the page is of connect to a source, before it is saved. `stream`: whose passwords stand for `***`. */
export function SourceTest({ label, url, stream }: { label: string; url: string; stream: string }) {
  const said = useSignal<Said | undefined>(undefined);
  // What is said of an earlier address is not shown beside another one.
  useEffect(() => {
    said.value = undefined;
  }, [url]);
  const test = () => {
    const asking: Said = { is: 'asking' };
    said.value = asking;
    const answers = (answer: Said) => {
      if (said.peek() === asking) said.value = answer;
    };
    const body = { url: url.trim(), ...(stream !== '' && { stream }) };
    void ask<Tested>('/api/v1/sources/test', { method: 'POST', body, timeoutMs: TIMEOUT_MS }).then(
      ({ answer }) => answers({ is: 'done', tested: answer }),
      (error: unknown) => answers({ is: 'refused', why: reasonOf(error) }),
    );
  };
  const now = said.value;
  return (
    <div class="tested">
      <button type="button" disabled={now?.is === 'asking' || url.trim() === ''} onClick={test}>
        Test {label}
      </button>
      <div role="status" aria-label={`Test of ${label}`}>
        {now?.is === 'asking' && `${location.host} connects, and looks at it for some seconds …`}
        {now?.is === 'refused' && <span class="note bad">{now.why}</span>}
        {now?.is === 'done' && <Result tested={now.tested} />}
      </div>
    </div>
  );
}

function Result({ tested }: { tested: Tested }) {
  if (!tested.ok) {
    const advice = adviceOf(tested.failure.message);
    return (
      <>
        <span class="note bad">{tested.failure.message}</span>
        {advice !== undefined && <span class="note">What to do: {advice}</span>}
      </>
    );
  }
  const { picture } = tested;
  return (
    <>
      <p>{factsText(tested)}</p>
      <ul>
        {tested.says.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
      {picture !== undefined && <img src={`data:image/jpeg;base64,${picture}`} alt="What the source shows" />}
    </>
  );
}
