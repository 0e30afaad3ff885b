import type { Attack, Report, Target } from './attack.ts';
import { answered, busily, reportOf, request, say, statusOf, victimOf } from './client.ts';

const LONG = 1_000_000;
const AT_ONCE = 200;

/** Requests that no browser makes, and requests whose answer costs more than their question. */
export const requestAttacks: readonly Attack[] = [
  {
    name: 'malformed',
    does: 'targets, methods, headers, ranges, encodings and bodies that are wrong, long or lie about their length',
    by: 'client',
    isShort: true,
    run: malformed,
  },
  {
    name: 'paths',
    does: 'paths that would lead out of the data folder or to files of the server, in every spelling',
    by: 'client',
    isShort: true,
    run: paths,
  },
  {
    name: 'dear-answers',
    does: `${AT_ONCE} connections that ask for lists, metrics, what-if, histories, descriptions and previews as fast as they are answered`,
    by: 'client',
    isShort: true,
    run: dear,
  },
  {
    name: 'rejected-changes',
    does: `${AT_ONCE} connections that try passwords and changes as fast as they are refused`,
    by: 'client',
    run: changes,
  },
];

function odd(stream: string): readonly (string | Buffer)[] {
  const list = `/${stream}/video.m3u8`;
  const long = 'a'.repeat(LONG);
  const targets = [
    ...['*', '//', '?', '/%', '/%zz', '/%00', '/%c0%af', '/%ff%fe', '/\\', '/ä', '/#', `/${'%41'.repeat(2000)}`],
    ...['http://', 'http:///', 'http://attack/', `http://attack${list}`, 'http://attack:99999/', 'ftp://attack/'],
    ...['http://[::1', 'http://@@@/api/v1/streams', 'attack:443', '/api/v1/streams/%', '/api/v1/streams/..'],
    ...['/api/v1/where/', '/api/v1/where/%2e%2e', '/api/v1/what-if', '/api/v1/what-if?without=', '/api//v1/streams'],
    ...['/api/v1/events?limit=-1', '/api/v1/events?limit=1e9', '/api/v1/events?since=x', '/api/v1/events?kind=x'],
    ...['/api/v1/events?since=9999-99-99T00:00:00Z', '/api/v1/events?stream=%00', `/${long.slice(0, 8000)}`],
    ...[`${list}?${'a&'.repeat(2000)}`, `${list}?via=${'s'.repeat(3000)}`, `/${stream}/7-99999999999999999999.ts`],
    ...[
      `/${stream}/-1--1.ts`,
      `/${stream}/NaN-NaN.ts`,
      `/${stream}/7-1.ts%00`,
      '/__proto__/video.m3u8',
      '/constructor',
    ],
  ];
  const ranges = ['bytes=-0', 'bytes=9-1', `bytes=${'0-0,'.repeat(5000)}`, 'bytes=1e3-', 'lines=1-2', 'bytes=-'];
  const headers = [
    ...[`X-A: ${long}`, `Cookie: ${long}`, 'X-A: \u0000', 'X A: b', ': x', 'Content-Length: -1', 'Content-Length: x'],
    ...['Transfer-Encoding: chunked, gzip', 'Transfer-Encoding: x', 'Authorization: Basic ä', 'Authorization: Basic'],
    ...['Authorization: Basic Og==', `Authorization: Basic ${'QUJD'.repeat(2000)}`, 'Origin: null', 'Origin: %'],
    ...['If-None-Match: "x', 'Last-Event-ID: x', 'Expect: 100-continue', 'Upgrade: websocket\r\nConnection: upgrade'],
    ...[
      'X-Forwarded-For: ,,,',
      'Forwarded: for="',
      'Accept-Encoding: *;q=x',
      `X-B: c\r\n${'X-C: d\r\n'.repeat(3000)}X-D: e`,
    ],
  ];
  const put = { method: 'PUT', headers: ['Content-Length: 5'], body: '{"a":' };
  return [
    ...targets.map((target) => request(target)),
    ...ranges.map((range) => request(list, { headers: [`Range: ${range}`] })),
    ...headers.map((header) => request('/api/v1/streams', { headers: [header] })),
    ...['TRACE', 'CONNECT', 'PROPFIND', 'get', 'G', 'GET\u0000', long].map((method) => request(list, { method })),
    ...['/api/v1/streams', '/metrics', list, '/'].map((target) => request(target, { method: 'OPTIONS' })),
    request('/api/v1/streams/cam1', put),
    request('/api/v1/apply', { method: 'POST', headers: ['Transfer-Encoding: chunked'], body: 'zz\r\n' }),
    request('/api/v1/streams', {
      headers: ['Content-Length: 3', 'Transfer-Encoding: chunked'],
      body: '0\r\n\r\nGET /',
    }),
    'GET / HTTP/9.9\r\n\r\n',
    'GET /\r\n\r\n',
    Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    Buffer.alloc(LONG, 0xff),
  ];
}

/** Requests of which the rest never comes: the server may wait for it as long as for that of a slow client. */
function unfinished(): readonly string[] {
  const half = { method: 'POST', body: 'a'.repeat(LONG) };
  return [
    request('/api/v1/apply', { ...half, headers: [`Content-Length: ${LONG * 20}`] }),
    request('/api/v1/apply', { ...half, headers: ['Transfer-Encoding: chunked'], body: `fffffff\r\n${half.body}` }),
    '\r\n\r\n\r\n',
  ];
}

/** On the public port and on that of the beats: each is answered or sent away, none by an error of the server's own. */
async function malformed(target: Target): Promise<Report> {
  const victim = victimOf(target);
  const tries = [...odd(target.streams[0] ?? ''), ...unfinished()];
  const mayHang = new Set<string | Buffer>(unfinished());
  const problems: string[] = [];
  const statuses = new Map<number, number>();
  for (const where of [victim, { ...victim, port: victim.beatsPort }]) {
    for (const text of tries) {
      const answer = await say(target, where, text).catch((error: Error) => {
        if (error.name === 'AbortError' && !mayHang.has(text)) problems.push(`no end of ${shown(text)}`);
        return '';
      });
      const status = statusOf(answer);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 500 || status === 502) problems.push(`${status} for ${shown(text)}`);
      if (/\n\s+at .*(?:\.js|node:)/.test(answer)) problems.push(`a stack trace for ${shown(text)}`);
    }
  }
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status || 'closed'}`);
  return { did: `${tries.length * 2} requests: ${counts.join(', ')}`, problems };
}

const shown = (text: string | Buffer) => JSON.stringify(String(text).slice(0, 100));

const OUT = ['..', '%2e%2e', '%2E.', '..%2f..', '%252e%252e', '..%5c..', '.%00.', '....//', '%c0%ae%c0%ae', '%u002e'];
const FILES = [
  'etc/passwd',
  'herd.json',
  's1.conf',
  'proc/self/environ',
  'package.json',
  'src/main.js',
  'nats/nats.conf',
];

async function paths(target: Target): Promise<Report> {
  const victim = victimOf(target);
  const problems: string[] = [];
  let count = 0;
  for (const prefix of ['', `/${target.streams[0]}`, '/assets', '/api/v1/streams', '/api/v1/where', 'http://attack']) {
    for (const out of OUT) {
      for (const file of FILES) {
        const path = `${prefix}/${`${out}/`.repeat(6)}${file}`;
        const answer = await say(target, victim, request(path)).catch(() => '');
        count += 1;
        const isRefused = [0, 400, 404].includes(statusOf(answer));
        if (!isRefused || /root:x:|cluster_key|NATS|"records"/.test(answer)) {
          problems.push(`${path}: ${answer.slice(0, 80)}`);
        }
      }
    }
  }
  return { did: `${count} paths, none of which leads anywhere`, problems };
}

async function dear(target: Target): Promise<Report> {
  const victim = victimOf(target);
  const [stream = ''] = target.streams;
  const paths = [
    ...['/api/v1/streams', '/metrics', `/api/v1/what-if?without=${victim.name}`, '/api/v1/servers', '/'],
    ...['/api/v1/events?limit=10000&follow=0', '/api/v1/openapi.json', `/${stream}/preview.jpg`, '/api/v1/changes'],
    ...[`/api/v1/streams/${stream}`, `/api/v1/where/${stream}`, `/${stream}/index.m3u8`, '/assets/hls.js', '/readyz'],
  ];
  const asked = new Map<number, number>();
  await busily(Math.round(AT_ONCE * Math.max(0.3, target.scale)), target.lastsMs, async (nth) => {
    const status = await answered(target, paths[nth % paths.length] ?? '/');
    asked.set(status, (asked.get(status) ?? 0) + 1);
  });
  return reportOf(asked);
}

async function changes(target: Target): Promise<Report> {
  const victim = victimOf(target);
  const refused = new Map<number, number>();
  const problems: string[] = [];
  await busily(Math.round(AT_ONCE * target.scale), target.lastsMs, async (nth) => {
    const password = Buffer.from(`admin:${nth}-${Math.random()}`).toString('base64');
    const [stream = ''] = target.streams;
    const body = JSON.stringify({ url: 'test:', title: 'x'.repeat(150) });
    const lines = [`Authorization: Basic ${password}`, `Content-Length: ${body.length}`];
    const answer = await say(
      target,
      victim,
      request(`/api/v1/streams/${stream}`, { method: 'PUT', headers: lines, body }),
    );
    const status = statusOf(answer);
    refused.set(status, (refused.get(status) ?? 0) + 1);
    if (status >= 200 && status < 300) problems.push(`a change was let in: ${answer.slice(0, 80)}`);
  });
  return { did: [...refused].map(([status, count]) => `${count} × ${status || 'nothing'}`).join(', '), problems };
}
