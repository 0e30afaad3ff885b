import { signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ask, reasonOf } from '../herd/ask.ts';
import { LoginForm } from './login-form.tsx';
import { mayChange, session } from './session.ts';

/** Something that an operator is about to do. */
export interface Change {
  readonly title: string;
  /** What will be true afterwards. */
  readonly consequences: ComponentChildren;
  readonly path: string;
  readonly method?: 'POST' | 'PUT' | 'DELETE';
  /** A line of text is asked for, and goes into the body. */
  readonly noteLabel?: string;
  readonly body?: (note: string) => unknown;
  readonly onDone?: () => void;
  /** Where to go on when it is done. */
  readonly doneLink?: { readonly to: string; readonly text: string };
}

const asked = signal<Change | undefined>(undefined);

/** Every change is asked about first, with its consequences, and made by a user that may. */
export function change(wanted: Change): void {
  asked.value = wanted;
}

function closeChange(): void {
  asked.value = undefined;
}

export function ChangeDialog() {
  const wanted = asked.value;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (wanted !== undefined && dialog.current?.open === false) dialog.current.showModal();
  }, [wanted]);
  if (wanted === undefined) return null;
  return (
    <dialog ref={dialog} aria-label={wanted.title} onClose={closeChange}>
      <h2>{wanted.title}</h2>
      <div>{wanted.consequences}</div>
      {mayChange() ? <Order wanted={wanted} /> : <NotAllowed />}
      <button type="button" onClick={closeChange}>
        Close
      </button>
    </dialog>
  );
}

/** Says how to become a user that may change things. */
export function NotAllowed() {
  const known = session.value;
  if (known?.logins === false) {
    return (
      <p class="bad">
        Changes need edit_auth in the configuration file of this server. On the server itself the command line needs
        none.
      </p>
    );
  }
  const why =
    known?.user === undefined
      ? 'Changes need a user of edit_auth.'
      : `The user ${known.user} may see everything and change nothing.`;
  return <LoginForm why={why} />;
}

function Order({ wanted }: { wanted: Change }) {
  const note = useRef<HTMLInputElement>(null);
  const said = useSignal<{ readonly is: 'asking' | 'done' | 'refused'; readonly why: string } | undefined>(undefined);
  const order = (event: Event) => {
    event.preventDefault();
    const { path, method = 'POST', body, onDone } = wanted;
    said.value = { is: 'asking', why: '…' };
    void ask<{ why: string }>(path, { method, ...(body && { body: body(note.current?.value ?? '') }) }).then(
      ({ answer }) => {
        said.value = { is: 'done', why: answer.why };
        onDone?.();
      },
      (error: unknown) => {
        said.value = { is: 'refused', why: reasonOf(error) };
      },
    );
  };
  const now = said.value;
  return (
    <form onSubmit={order}>
      {wanted.noteLabel !== undefined && (
        <label>
          {wanted.noteLabel} <input ref={note} maxLength={500} />
        </label>
      )}
      {now?.is !== 'done' && (
        <button type="submit" disabled={now?.is === 'asking'}>
          Do it, as {session.value?.user}
        </button>
      )}
      <p role="status" class={now?.is === 'refused' ? 'bad' : 'good'}>
        {now?.is === 'done' ? `Done: ${now.why}` : now?.why}
      </p>
      {now?.is === 'done' && wanted.doneLink !== undefined && (
        <p>
          <a href={wanted.doneLink.to} onClick={closeChange}>
            {wanted.doneLink.text}
          </a>
        </p>
      )}
    </form>
  );
}
