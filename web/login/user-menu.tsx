import { useSignal } from '@preact/signals';
import { LoginForm } from './login-form.tsx';
import { logOut, session } from './session.ts';

/** The user in the head of the page, and the way in and out. */
export function UserMenu() {
  const isOpen = useSignal(false);
  const known = session.value;
  if (known === undefined || !known.logins) return null;
  if (known.user !== undefined) {
    return (
      <span class="user">
        {known.user} ({known.role === 'edit' ? 'may change things' : 'may see things'})
        {known.token !== undefined && (
          <button type="button" onClick={() => void logOut()}>
            Log out
          </button>
        )}
      </span>
    );
  }
  return (
    <span class="user">
      <button type="button" aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)}>
        Log in
      </button>
      {isOpen.value && (
        <div class="below">
          <LoginForm why="To change things: drain, move, protect." />
        </div>
      )}
    </span>
  );
}
