import { computed, signal } from '@preact/signals';
import type { SessionState } from '../../src/http/api/app.ts';
import { ask, useToken, whenLoginIsMissing } from '../herd/ask.ts';

const PATH = '/api/v1/session';

/** The user of this browser; `undefined`: it is not known yet. */
export const session = signal<SessionState | undefined>(undefined);

/** The server shows nothing to this browser without a login. */
export const needsLogin = computed(() => session.value?.closed === true && session.value.user === undefined);

/** Logins and logouts of this page. */
let changes = 0;

export async function readSession(): Promise<void> {
  const before = changes;
  const { answer } = await ask<SessionState>(PATH);
  // What was asked before a login knows nothing of it.
  if (changes === before) take(answer);
}

// Without an answer the last one stays; the feed of the herd tells that the server is away, and asks again.
whenLoginIsMissing(() => void readSession().catch(() => {}));

/** Rejects with the reason. */
export async function logIn(user: string, password: string): Promise<void> {
  const { answer } = await ask<SessionState>(PATH, { method: 'POST', body: { user, password } });
  changes += 1;
  take(answer);
}

export async function logOut(): Promise<void> {
  await ask<SessionState>(PATH, { method: 'DELETE' });
  // What was shown to the user, and what the user has begun, is not for the next one at this screen.
  location.reload();
}

/** Whether this user may change things. A browser that says name and password by itself has no session, and may. */
export function mayChange(): boolean {
  return session.value?.role === 'edit';
}

function take(answer: SessionState): void {
  useToken(answer.token ?? '');
  session.value = answer;
}
