import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { reasonOf } from '../herd/ask.ts';
import { logIn } from './session.ts';

/** Name and password, for a session of this browser. `why`: what it is needed for. */
export function LoginForm({ why }: { why: string }) {
  const problem = useSignal('');
  const isAsking = useSignal(false);
  const user = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const id = useId();
  const submit = (event: Event) => {
    event.preventDefault();
    isAsking.value = true;
    problem.value = '';
    void logIn(user.current?.value ?? '', password.current?.value ?? '')
      .catch((error: unknown) => {
        problem.value = reasonOf(error);
      })
      .finally(() => {
        isAsking.value = false;
        if (password.current) password.current.value = '';
      });
  };
  return (
    <form class="login" aria-labelledby={id} onSubmit={submit}>
      <h2 id={id}>Log in</h2>
      <p>{why}</p>
      <label>
        User <input ref={user} name="user" autocomplete="username" required maxLength={256} />
      </label>
      <label>
        Password{' '}
        <input
          ref={password}
          name="password"
          type="password"
          autocomplete="current-password"
          required
          maxLength={256}
        />
      </label>
      <button type="submit" disabled={isAsking.value}>
        Log in
      </button>
      <p role="alert" class="bad">
        {problem}
      </p>
    </form>
  );
}
