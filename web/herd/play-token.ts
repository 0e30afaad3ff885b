import { computed, effect, signal } from '@preact/signals';
import { streamPath } from '../address.ts';
import { session } from '../login/session.ts';
import { ask } from './ask.ts';

const RENEW_MS = 1_800_000;

/** By which this page plays, where not every viewer may. */
export const playToken = signal<string | null>(null);
const user = computed(() => session.value?.user);

/** Asks for it now, after each login and logout, and before it ends. */
export function followPlayToken(): void {
  effect(() => {
    if (user.value === undefined) playToken.value = null;
    else void read();
  });
  setInterval(() => user.value !== undefined && void read(), RENEW_MS);
}

/** Like `streamPath`, for what is played. */
export function playedPath(stream: string, leaf: string, token = playToken.value): string {
  const path = streamPath(stream, leaf);
  if (token === null) return path;
  return `${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}`;
}

async function read(): Promise<void> {
  try {
    playToken.value = (await ask<{ token: string | null }>('/api/v1/play-token')).answer.token;
  } catch {
    // The last one is good for a while, and pictures say by themselves that they may not be seen.
  }
}
