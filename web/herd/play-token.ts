import { effect, signal } from '@preact/signals';
import { streamPath } from '../address.ts';
import { session } from '../login/session.ts';
import { ask } from './ask.ts';

const RENEW_MS = 1_800_000;

/** By which this page plays, where not every viewer may. */
const token = signal<string | null>(null);

/** Asks for it now, after each login and logout, and before it ends. */
export function followPlayToken(): void {
  effect(() => {
    if (session.value?.user === undefined) token.value = null;
    else void read();
  });
  setInterval(() => session.value?.user !== undefined && void read(), RENEW_MS);
}

/** Like `streamPath`, for what is played. */
export function playedPath(stream: string, leaf: string): string {
  const path = streamPath(stream, leaf);
  if (token.value === null) return path;
  return `${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(token.value)}`;
}

async function read(): Promise<void> {
  try {
    token.value = (await ask<{ token: string | null }>('/api/v1/play-token')).answer.token;
  } catch {
    // The last one is good for a while, and pictures say by themselves that they may not be seen.
  }
}
