import { effect, signal } from '@preact/signals';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import type { ServerStatus, Stale, StreamStatus } from '../../src/domain/status.ts';
import type { HerdChange } from '../../src/http/api/herd-api.ts';
import { joined } from '../events/event-text.ts';
import { needsLogin, readSession } from '../login/session.ts';
import { ask } from './ask.ts';
import { changed, type HerdView, NOTHING_KNOWN, viewOf } from './herd-view.ts';

const RETRY_MS = 2000;
const CHECK_MS = 5000;
/** Changes of so long are drawn at once. */
const DRAW_MS = 100;
const FIRST_EVENTS = 200;
const MAX_EVENTS = 2000;

export type Link =
  | { readonly is: 'connecting' | 'live' }
  /** What is shown may be old. */
  | { readonly is: 'lost' }
  /** Nothing is shown without a login. */
  | { readonly is: 'closed' };

/** What the herd is now. */
export const herd = signal<HerdView>(NOTHING_KNOWN);
export const link = signal<Link>({ is: 'connecting' });
/** Newest first: what has happened since shortly before the page was opened. */
export const events = signal<readonly HerdEvent[]>([]);

/** Up to which `latest` has everything; `undefined`: the lists have to be read. */
let version: string | undefined;
let latest: HerdView = NOTHING_KNOWN;
let drawing: ReturnType<typeof setTimeout> | undefined;
let feeds: readonly EventSource[] = [];
let retry: ReturnType<typeof setTimeout> | undefined;
let isConnecting = false;
let waitingEvents: HerdEvent[] = [];

/** Begins, and goes on while the page is seen: a browser has only six connections to a server, for all its pages. */
export function follow(): void {
  document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : void connect()));
  setInterval(() => void check(), CHECK_MS);
  effect(() => {
    if (needsLogin.value) close();
    else followAnew();
  });
}

/** Reads everything again. */
function followAnew(): void {
  version = undefined;
  void connect();
}

/** Nothing is left of what was shown until the next login. */
function close(): void {
  disconnect();
  link.value = { is: 'closed' };
  latest = NOTHING_KNOWN;
  events.value = [];
  waitingEvents = [];
  draw();
}

/** A login ends by itself, and a feed does not say why it is refused: so the session is read first. */
async function connect(): Promise<void> {
  if (isConnecting) return;
  isConnecting = true;
  disconnect();
  try {
    await readSession();
    if (needsLogin.peek()) return;
    if (version === undefined) await readLists();
    if (!document.hidden) feeds = [followChanges(), followEvents()];
  } catch {
    lose();
  } finally {
    isConnecting = false;
  }
}

function disconnect(): void {
  clearTimeout(retry);
  for (const feed of feeds) feed.close();
  feeds = [];
}

function lose(): void {
  disconnect();
  link.value = { is: 'lost' };
  retry = setTimeout(() => void connect(), RETRY_MS);
}

/** Streams first: their list may come from a cache, so its version is the older one, and from there the feed goes on. */
async function readLists(): Promise<void> {
  const streams = await ask<{ streams: readonly StreamStatus[] }>('/api/v1/streams');
  const servers = await ask<{ servers: readonly ServerStatus[]; stale?: Stale }>('/api/v1/servers');
  latest = viewOf(streams.answer.streams, servers.answer.servers, servers.answer.stale ?? null);
  version = streams.version;
  draw();
}

function followChanges(): EventSource {
  const source = new EventSource(`/api/v1/changes?since=${encodeURIComponent(version ?? '')}`);
  source.addEventListener('open', () => {
    link.value = { is: 'live' };
  });
  source.addEventListener('change', ({ data }) => {
    // Of the server that the page is of.
    const change = JSON.parse(data) as Exclude<HerdChange, { reset: true }>;
    version = change.version;
    latest = changed(latest, change);
    drawSoon();
  });
  source.addEventListener('reset', followAnew);
  source.addEventListener('error', lose);
  return source;
}

function followEvents(): EventSource {
  const newest = events.value[0]?.at;
  const from =
    newest === undefined ? `limit=${FIRST_EVENTS}` : `since=${encodeURIComponent(newest)}&limit=${MAX_EVENTS}`;
  const source = new EventSource(`/api/v1/events?${from}`);
  source.addEventListener('message', ({ data }) => {
    waitingEvents.push(JSON.parse(data) as HerdEvent);
    drawSoon();
  });
  source.addEventListener('error', lose);
  return source;
}

function drawSoon(): void {
  drawing ??= setTimeout(draw, DRAW_MS);
}

function draw(): void {
  clearTimeout(drawing);
  drawing = undefined;
  herd.value = latest;
  if (waitingEvents.length > 0) events.value = joined(events.value, waitingEvents, MAX_EVENTS);
  waitingEvents = [];
}

/** Whether the server is there, also when its connections only seem to live. */
async function check(): Promise<void> {
  const following = feeds;
  if (following.length === 0) return;
  await ask('/livez').catch(() => feeds === following && lose());
}
