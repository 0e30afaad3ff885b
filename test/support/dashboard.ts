import type { BrowserContext, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import type { ArchiveOverview } from '../../src/archive/operating/operator-calls.ts';
import { parseDefinition } from '../../src/domain/definition/stream-definition-schema.ts';
import type { AccessPolicy } from '../../src/http/access/access.ts';
import { createApi } from '../../src/http/api/api.ts';
import { ArchivesOfHerd } from '../../src/http/api/archive/herd-archive.ts';
import type { MediaOptions } from '../../src/http/public/media-host.ts';
import { startTestApi, type TestApi } from './api-over-media.ts';
import { NO_RETURNS } from './archive/desk-port.ts';
import type { MemoryHerd } from './herd-api.ts';

export const OPEN: AccessPolicy = { users: [], viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' };
/** Where it is shown it must be text: as markup it sets a mark on the window. */
export const MARKUP = '<img src=x onerror="window.hurt=true"><b>x</b>';

export function define(herd: MemoryHerd, name: string): void {
  const parsed = parseDefinition('{"url": "rtsp://user:secret@10.1.1.7/x"}');
  if (parsed.ok) herd.definitions.set(name, parsed.definition);
}

export const PHONE = 400;

export interface Dashboard extends AsyncDisposable {
  readonly page: Page;
  readonly api: TestApi;
  /** As when another API worker has begun: it knows no session of a browser. */
  endSessions(): Promise<void>;
  /** What the page's console said of errors, and what broke. */
  readonly problems: readonly string[];
}

export interface DashboardOptions {
  readonly width?: number;
  readonly policy?: Partial<AccessPolicy>;
  readonly media?: Partial<MediaOptions>;
}

/** The dashboard of a herd in memory, served as a server does, in a page of that browser. It is not loaded yet. */
export async function openDashboard(
  context: BrowserContext,
  herd: MemoryHerd,
  { width = 1000, policy = {}, media = {} }: DashboardOptions = {},
): Promise<Dashboard> {
  const access = { ...OPEN, ...policy };
  let app = createApi({ herd, policy: access });
  const api = await startTestApi('s01', (request, client) => app.fetch(request, client), {
    viewAuth: access.viewAuth,
    ...media,
  });
  const endSessions = () => {
    app = createApi({ herd, policy: access });
    return api.beginAnew();
  };
  const page = await context.newPage();
  await page.setViewportSize({ width, height: 800 });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  // A stream without a picture is answered with 503, which the console tells.
  page.on('console', (message) => {
    if (message.type() === 'error' && !/preview\.jpg/.test(message.location().url)) problems.push(message.text());
  });
  return { page, api, endSessions, problems, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

export async function fitsItsWidth(page: Page): Promise<void> {
  const wider = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  assert.is(wider, 0, 'the page is no wider than its window');
}

/** Tells the page that it comes to the front, or is hidden, as a browser does. */
export async function see(page: Page, isSeen: boolean): Promise<void> {
  await page.evaluate(`{
    Object.defineProperty(document, 'hidden', { value: ${!isSeen}, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }`);
}

/** The archive of s01: one folder of two is full, and there are recordings of the stream. `silent`: servers that do not answer. */
export function archiveOf(stream: string, told = () => NO_RETURNS, silent: readonly string[] = []): ArchivesOfHerd {
  const root = { packs: 2, bytes: 500 };
  const overview: ArchiveOverview = {
    roots: [
      { root: '/disk1', ...root, freeBytes: 4e12, totalBytes: 8e12, daysUntilFull: 12 },
      { root: '/disk2', ...root, problem: MARKUP },
    ],
    streams: [
      {
        stream,
        fromMs: Date.UTC(2026, 10, 22),
        untilMs: Date.UTC(2026, 10, 23),
        packs: 2,
        bytes: 500,
        isRecorded: true,
      },
    ],
    ...{ delayMs: 5, waitingSegments: 0, verification: { roots: [] } },
  };
  // Nothing else is asked by the page.
  const ask = async (call: string) => (call === 'returns' ? told() : overview) as never;
  const servers = silent.map((name) => ({ name, session: '', peerUrl: '', isUp: false }));
  return new ArchivesOfHerd({ server: 's01', servers: () => servers, ask });
}

export const ADMIN = { name: 'admin', password: 'correct-horse', role: 'edit' } as const;

/** In the one form for it that the page shows. */
export async function logIn(
  page: Page,
  { name, password }: { readonly name: string; readonly password: string } = ADMIN,
) {
  const form = page.getByRole('form', { name: 'Log in' });
  await form.getByLabel('User').fill(name);
  await form.getByLabel('Password').fill(password);
  await form.getByRole('button').click();
}

export const tile = (page: Page, name: string) => page.getByRole('listitem').getByRole('link', { name });
export const goTo = (page: Page, name: string) => page.getByRole('navigation').getByRole('link', { name }).click();
