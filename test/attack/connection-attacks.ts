import { lasts } from '../support/fault-length.ts';
import { type Attack, NO_PROBLEMS, type Report, type Target } from './attack.ts';
import { hangUp, knockMany, openOf, request, say, statusOf, victimOf } from './client.ts';

const IDLE = 10_000;
/** In the short form too: more than one client address may have. */
const LEAST_IDLE = 3000;
const SLOW = 500;
/** Of a slow sender: a byte so often. */
const DRIP_MS = 500;
const PIPELINED = 20_000;
/** Of a listener's slow head: 10 s in which to send it. What is still open after this much longer stays for ever. */
const HEAD_MS = 10_000;
const CHECKS_MS = 32_000;

/** Attacks with connections alone. */
export const connectionAttacks: readonly Attack[] = [
  {
    name: 'pipelined',
    does: `one connection asks for ${PIPELINED} lists, playlists and pages at once and reads none of the answers; then four more do`,
    by: 'client',
    isShort: true,
    run: pipelined,
  },
  {
    name: 'idle-connections',
    does: `${IDLE} connections that say nothing`,
    by: 'client',
    isShort: true,
    run: idle,
  },
  {
    name: 'slow-heads',
    does: `${SLOW} requests whose head comes a byte at a time`,
    by: 'client',
    run: (target) => slowly(target, 'GET /api/v1/streams HTTP/1.1\r\nHost: attack\r\n', 'X-A: b\r\n'),
  },
  {
    name: 'slow-bodies',
    does: `${SLOW} requests whose body of a megabyte comes a byte at a time`,
    by: 'client',
    run: (target) =>
      slowly(target, 'PUT /api/v1/streams/slow HTTP/1.1\r\nHost: attack\r\nContent-Length: 1000000\r\n\r\n', ' '),
  },
];

async function pipelined(target: Target): Promise<Report> {
  const victim = victimOf(target);
  const count = Math.round(PIPELINED * target.scale);
  const paths = ['/api/v1/streams', `/${target.streams[0]}/video.m3u8`, '/api/v1/servers', '/metrics', '/'];
  const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: attack\r\n\r\n`;
  const text = Array.from({ length: count }, (_, index) => ask(paths[index % paths.length] ?? '/')).join('');
  const sockets = await knockMany(target, victim, 5);
  for (const socket of sockets) {
    socket.pause();
    socket.write(text);
  }
  await lasts(target.lastsMs);
  const sent = sockets.reduce((sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength, 0);
  hangUp(sockets);
  return { did: `${sockets.length} × ${count} requests, ${Math.round(sent / 1024)} KiB taken`, problems: NO_PROBLEMS };
}

async function idle(target: Target): Promise<Report> {
  const victim = victimOf(target);
  const sockets = await knockMany(target, victim, Math.max(LEAST_IDLE, Math.round(IDLE * target.scale)));
  await lasts(1000);
  const kept = openOf(sockets);
  const stranger = await otherIsAnswered(target);
  hangUp(sockets);
  return {
    did: `${sockets.length} made, ${kept} kept open by the server`,
    problems: stranger ? NO_PROBLEMS : ['a client of another address got no answer beside them'],
  };
}

/** Another client, from another address, while the attack lasts. */
async function otherIsAnswered(target: Target): Promise<boolean> {
  const other = { ...target, from: '127.0.0.67' };
  return say(other, victimOf(target), request('/readyz')).then(
    (answer) => statusOf(answer) === 200,
    () => false,
  );
}

async function slowly(target: Target, head: string, drip: string): Promise<Report> {
  const victim = victimOf(target);
  const sockets = await knockMany(target, victim, Math.round(SLOW * target.scale));
  for (const socket of sockets) socket.resume().write(head);
  const endMs = performance.now() + HEAD_MS + CHECKS_MS;
  let stranger = true;
  while (performance.now() < endMs && openOf(sockets) > 0) {
    for (const socket of sockets) if (!socket.destroyed) socket.write(drip);
    stranger &&= await otherIsAnswered(target);
    await lasts(DRIP_MS);
  }
  const left = openOf(sockets);
  hangUp(sockets);
  return {
    did: `${sockets.length} senders, ${left} still open after ${(HEAD_MS + CHECKS_MS) / 1000} s`,
    problems: [
      ...(left === 0 ? [] : [`${left} slow senders were never sent away`]),
      ...(stranger ? [] : ['a client of another address got no answer beside them']),
    ],
  };
}
