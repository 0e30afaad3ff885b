import { type Signal, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { inPath, streamAddress } from '../address.ts';
import { change } from '../login/change.tsx';
import { type Checked, type CheckResult, check, type Draft } from './checking.ts';
import { DefinitionForm } from './definition-form.tsx';
import { type DefinitionFields, fieldsOf, otherProblems } from './fields.ts';
import { TextDraft } from './text-draft.tsx';

interface EditorProps {
  readonly fields: DefinitionFields;
  /** Of the stream when it was read; 0: it is new. */
  readonly revision: number;
  readonly isNew: boolean;
  readonly onAnew: () => void;
}

type Problem = Extract<CheckResult, { readonly ok: false }>;

/** A definition as a form, or as the text of a configuration file: one is made of the other. */
export function DefinitionEditor({ fields, revision, isNew, onAnew }: EditorProps) {
  const draft = useSignal<Draft>({ fields });
  const problem = useSignal<Problem | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);
  const checked = async (): Promise<Checked | undefined> => {
    const result = await check(draft.peek());
    const wrong = result.ok ? strangeName(result.checked, fields, isNew) : result;
    problem.value = wrong;
    if (wrong !== undefined) {
      // What is wrong is where the operator looks next.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    }
    return result.ok && wrong === undefined ? result.checked : undefined;
  };
  const turnTo = async (form: 'fields' | 'text') => {
    const good = await checked();
    if (good === undefined) return;
    draft.value = form === 'text' ? { text: good.text } : { fields: fieldsOf(good.stream, good.definition) };
  };
  const save = async () => {
    const good = await checked();
    if (good !== undefined) askToSave(good, revision);
  };
  const isText = 'text' in draft.value;
  return (
    <form
      ref={form}
      aria-label="Definition"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <p class="filters">
        <button type="button" aria-pressed={!isText} onClick={() => isText && void turnTo('fields')}>
          As a form
        </button>
        <button type="button" aria-pressed={isText} onClick={() => !isText && void turnTo('text')}>
          As text
        </button>
      </p>
      <Drafted draft={draft} problem={problem.value} isNew={isNew} />
      <Wrong problem={problem.value} isText={isText} />
      <p class="filters">
        <button type="submit">Save …</button>
        {!isNew && (
          <button type="button" onClick={onAnew}>
            Read it again
          </button>
        )}
      </p>
    </form>
  );
}

function Drafted({ draft, problem, isNew }: { draft: Signal<Draft>; problem: Problem | undefined; isNew: boolean }) {
  const now = draft.value;
  if ('text' in now)
    return <TextDraft text={now.text} isWrong={problem !== undefined} onText={(text) => (draft.value = { text })} />;
  return (
    <DefinitionForm
      fields={now.fields}
      problems={problem?.problems ?? []}
      isNew={isNew}
      onChange={(fields) => (draft.value = { fields })}
    />
  );
}

function Wrong({ problem, isText }: { problem: Problem | undefined; isText: boolean }) {
  const shown = problem === undefined ? '' : summaryOf(problem, isText);
  return (
    <p role="alert" id="definition-problem" class="bad said">
      {shown}
    </p>
  );
}

/** Beside the fields only what belongs to none of them is said in full. */
function summaryOf({ why, problems }: Problem, isText: boolean): string {
  if (isText || problems.length === 0) return why;
  const others = otherProblems(problems);
  const count = problems.length - others.length;
  const fields = count === 1 ? 'A field is not right.' : `${count} fields are not right.`;
  return [...(count > 0 ? [fields] : []), ...others].join('\n');
}

/** The text may name another stream, which would be defined beside this one. */
function strangeName({ stream, revision }: Checked, fields: DefinitionFields, isNew: boolean): Problem | undefined {
  if (isNew && revision > 0) {
    const expected = `a name that is free: there is a stream ${stream} already`;
    return { ok: false, why: `expected ${expected}`, problems: [{ path: 'stream', expected }] };
  }
  if (isNew || stream === fields.stream) return undefined;
  return { ok: false, why: `expected the definition of ${fields.stream}, found that of ${stream}`, problems: [] };
}

function askToSave({ stream, definition, action, consequences }: Checked, revision: number): void {
  change({
    title: action === 'create' ? `Add ${stream}` : `Change ${stream}`,
    consequences: (
      <ul>
        {consequences.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    ),
    path: `/api/v1/streams/${inPath(stream)}?revision=${revision}`,
    method: 'PUT',
    body: () => definition,
    doneLink: { to: streamAddress(stream), text: `Show ${stream}` },
  });
}
