import { signal } from '@preact/signals';
import type { SessionState } from '../../src/http/api/app.ts';
import { ask, useToken } from '../herd/ask.ts';
import { followAnew } from '../herd/herd-feed.ts';

const PATH = '/api/v1/session';

/** The user of this browser; `undefined`: it is not known yet. */
export const session = signal<SessionState | undefined>(undefined);

export async function readSession(): Promise<void> {
  const { answer } = await ask<SessionState>(PATH);
  take(answer);
}

/** Rejects with the reason. */
export async function logIn(user: string, password: string): Promise<void> {
  const { answer } = await ask<SessionState>(PATH, { method: 'POST', body: { user, password } });
  take(answer);
  followAnew();
}

export async function logOut(): Promise<void> {
  const { answer } = await ask<SessionState>(PATH, { method: 'DELETE' });
  take(answer);
  // What was shown to the user is not for the next one at this screen.
  if (answer.closed) location.reload();
}

/** Whether this user may change things. A browser that says name and password by itself has no session, and may. */
export function mayChange(): boolean {
  return session.value?.role === 'edit';
}

function take(answer: SessionState): void {
  useToken(answer.token ?? '');
  session.value = answer;
}
