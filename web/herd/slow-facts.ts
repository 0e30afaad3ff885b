import { effect, signal } from '@preact/signals';
import type { ServerReturns } from '../../src/http/api/archive/return-answers.ts';
import { needsLogin } from '../login/session.ts';
import { type ArchivesAnswer, type ArchiveView, archivesOf, NO_ARCHIVES } from './archives.ts';
import { ask } from './ask.ts';
import { events } from './herd-feed.ts';
import { type ReturnRow, returnsOf } from './returns.ts';

/* What the change feed does not tell: archives and returns. They are read now and then, and soon after an event that tells of them. */

const EVERY_MS = 60_000;
const RETURNS_MS = 5000;
/** Events may come in dozens, and a server shows all pages one answer for a second. */
const SOON_MS = 1500;
const OF_RETURNS = /^archive-(?:return|pack-released|adopted)/;
const OF_ARCHIVES = /^(?:recording-started|archive-root|archive-full)/;

export const archives = signal<ArchiveView>(NO_ARCHIVES);
export const returns = signal<readonly ReturnRow[]>([]);

export function readSlowFacts(): void {
  const readAll = () => {
    readArchives();
    readReturns();
  };
  setInterval(readAll, EVERY_MS);
  setInterval(() => returns.value.length > 0 && readReturns(), RETURNS_MS);
  document.addEventListener('visibilitychange', readAll);
  let told: string | undefined;
  effect(() => {
    const fresh = events.value.slice(0, 50);
    const newest = fresh[0]?.at;
    if (newest === undefined || newest === told) return;
    const since = told ?? '';
    told = newest;
    const kinds = fresh.filter(({ at }) => at >= since).map(({ kind }) => kind);
    if (kinds.some((kind) => OF_RETURNS.test(kind))) soon(readReturns);
    if (kinds.some((kind) => OF_ARCHIVES.test(kind))) soon(readArchives);
  });
  effect(() => {
    if (!needsLogin.value) readAll();
  });
}

const waiting = new Map<() => void, ReturnType<typeof setTimeout>>();
function soon(read: () => void): void {
  if (waiting.has(read)) return;
  const timer = setTimeout(() => {
    waiting.delete(read);
    read();
  }, SOON_MS);
  waiting.set(read, timer);
}

function readArchives(): void {
  if (document.hidden) return;
  void ask<ArchivesAnswer>('/api/v1/archive').then(
    ({ answer }) => {
      archives.value = archivesOf(answer);
    },
    // What was known stays; the next look comes.
    () => {},
  );
}

function readReturns(): void {
  if (document.hidden) return;
  void ask<{ servers: readonly ServerReturns[] }>('/api/v1/archive-returns').then(
    ({ answer }) => {
      returns.value = returnsOf(answer.servers);
    },
    () => {},
  );
}
