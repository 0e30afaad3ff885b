import type { Socket } from 'node:net';
import { lasts } from '../support/fault-length.ts';
import { type Attack, NO_PROBLEMS, type Report, type Target } from './attack.ts';
import { hangUp, knockMany, openOf, request, say, statusOf, victimOf } from './client.ts';

const FOLLOWERS = 2000;
const VIEWERS = 1000;
const ROUNDS = 5;

/** Clients that ask and do not read, or leave. */
export const readerAttacks: readonly Attack[] = [
  {
    name: 'event-streams',
    does: `${FOLLOWERS} event streams are opened with all of the history, not read, and left; ${ROUNDS} times`,
    by: 'client',
    isShort: true,
    run: eventStreams,
  },
  {
    name: 'mpegts-viewers',
    does: `${VIEWERS} viewers of MPEG-TS that never read`,
    by: 'client',
    isShort: true,
    run: (target) => unread(target, Math.round(VIEWERS * target.scale), (stream) => `/${stream}/mpegts`),
  },
  {
    name: 'held-polls',
    does: `${VIEWERS} players that ask for playlists and pages and never read`,
    by: 'client',
    run: (target) => unread(target, Math.round(VIEWERS * target.scale), (stream) => `/${stream}/video.m3u8`),
  },
];

async function eventStreams(target: Target): Promise<Report> {
  const victim = victimOf(target);
  let opened = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const sockets = await knockMany(target, victim, Math.round((FOLLOWERS / ROUNDS) * target.scale));
    for (const socket of sockets) {
      socket.pause();
      socket.write('GET /api/v1/events?since=2020-01-01T00:00:00Z HTTP/1.1\r\nHost: attack\r\n\r\n');
    }
    opened += sockets.length;
    await lasts(Math.min(1000, target.lastsMs / ROUNDS));
    hangUp(sockets);
  }
  // None of those that left may hold a place: one more is served.
  const left = await servedAgain(target);
  return {
    did: `${opened} opened and left`,
    problems: left ? NO_PROBLEMS : ['afterwards no event stream is to be had'],
  };
}

async function servedAgain(target: Target): Promise<boolean> {
  const endMs = performance.now() + 10_000;
  while (performance.now() < endMs) {
    const answer = await say(target, victimOf(target), request('/api/v1/events?limit=1&follow=0')).catch(() => '');
    if (statusOf(answer) === 200) return true;
    await lasts(200);
  }
  return false;
}

async function unread(target: Target, count: number, pathOf: (stream: string) => string): Promise<Report> {
  const sockets = (
    await Promise.all(
      target.servers.map(async (server) => {
        const some = await knockMany(target, server, Math.ceil(count / target.servers.length));
        for (const [index, socket] of some.entries()) askOnly(socket, pathOf(streamAt(target, index)));
        return some;
      }),
    )
  ).flat();
  await lasts(target.lastsMs);
  const kept = openOf(sockets);
  hangUp(sockets);
  return { did: `${sockets.length} of them, ${kept} still connected at the end`, problems: NO_PROBLEMS };
}

function askOnly(socket: Socket, path: string): void {
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: attack\r\n\r\n`);
}

function streamAt({ streams }: Target, index: number): string {
  return streams[index % streams.length] ?? '';
}
