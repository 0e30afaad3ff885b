import { RETURN_PATH, RETURN_SIGNATURE_HEADER } from '../../src/archive/peers/return-request.ts';
import { lasts } from '../support/fault-length.ts';
import { type Attack, NO_PROBLEMS, type Report, type Target } from './attack.ts';
import { answered, busily, hangUp, knockMany, openOf, reportOf, request, say, statusOf, victimOf } from './client.ts';

const AT_ONCE = 200;
const UNREAD = 400;
const DAY_S = 86_400;
const REPLAYING = 400;
/** Of each of them, behind one another. */
const REPLAYS = 20;
const FORGING = 60;

/** What costs the archive more than its question. The streams of the campaign are recorded meanwhile. */
export const archiveAttacks: readonly Attack[] = [
  {
    name: 'dear-recordings',
    does: `${AT_ONCE} connections that ask for recordings of every time and length, exports, pictures and odd segments, as fast as they are answered`,
    by: 'client',
    isShort: true,
    run: dearRecordings,
  },
  {
    name: 'unread-exports',
    does: `${UNREAD} clients that ask for exports and never read them`,
    by: 'client',
    isShort: true,
    run: unreadExports,
  },
  {
    name: 'strange-returns',
    does: `${REPLAYING} connections that say again what one server has asked another for a return, and never read the answers, and ${FORGING} that forge such requests as fast as they are refused`,
    by: 'client',
    isShort: true,
    run: strangeReturns,
  },
];

/** Each time another one, so that no answer is one that was kept. */
function pathOf({ streams }: Target, nth: number): string {
  const stream = streams[nth % streams.length] ?? '';
  const nowS = Math.floor(Date.now() / 1000);
  const from = nowS - 5 - (nth % 97);
  const paths = [
    ...[`archive-${from}-now.m3u8`, `archive-${from}-${1 + (nth % 60)}.m3u8`, `archive-${nowS - 30 * DAY_S}-now.m3u8`],
    ...[
      `index-${from}-20.m3u8`,
      `video-${from}-${1 + (nth % 60)}.fmp4.m3u8`,
      `timeshift_rel-${5 + (nth % 50)}.m3u8`,
      `timeshift_abs-${from}.m3u8`,
      'rewind-600.m3u8',
    ],
    ...[`recording_status.json?from=0&to=${nowS + nth}&detail=1`, `recording_status.json?from=${from}&to=${nowS}`],
    ...[`archive-${from}-10.ts`, `archive-${from}-5.mp4`, `${from}-preview.jpg`, `${from}-preview.mp4`],
    ...[
      `1-${nth}.ts`,
      `${nth}-30151374.ts`,
      `99999999-${nowS}.ts`,
      `1-${nth}-init.mp4`,
      'archive-1e9-5.m3u8',
      'archive-0-2678401.m3u8',
    ],
    ...[
      'archive--5--5.ts',
      'archive-9999999999999999-now.m3u8',
      'embed.html?dvr',
      `archive-segments.json?from=0&to=${nowS}`,
    ],
  ];
  return `/${stream}/${paths[(nth * 7) % paths.length]}`;
}

async function dearRecordings(target: Target): Promise<Report> {
  let nth = 0;
  const asked = new Map<number, number>();
  await busily(Math.round(AT_ONCE * Math.max(0.3, target.scale)), target.lastsMs, async () => {
    nth += 1;
    const status = await answered(target, pathOf(target, nth));
    asked.set(status, (asked.get(status) ?? 0) + 1);
  });
  return reportOf(asked);
}

async function unreadExports(target: Target): Promise<Report> {
  const from = Math.floor(Date.now() / 1000) - 60;
  const sockets = await knockMany(target, victimOf(target), Math.round(UNREAD * target.scale));
  for (const [index, socket] of sockets.entries()) {
    const stream = target.streams[index % target.streams.length];
    socket.pause();
    socket.write(request(`/${stream}/archive-${from}-50.${index % 2 === 0 ? 'mp4' : 'ts'}`));
  }
  await lasts(target.lastsMs);
  const kept = openOf(sockets);
  hangUp(sockets);
  return { did: `${sockets.length} of them, ${kept} still connected at the end`, problems: NO_PROBLEMS };
}

async function strangeReturns(target: Target): Promise<Report> {
  const victim = victimOf(target);
  const sockets = await knockMany(target, victim, REPLAYING);
  for (const socket of sockets) {
    socket.pause();
    socket.write(target.overheard.repeat(REPLAYS));
  }
  const forged = forgedReturns(target);
  const refused = new Map<number, number>();
  await busily(FORGING, target.lastsMs, async (nth) => {
    const status = statusOf(await say(target, victim, forged[nth % forged.length] ?? ''));
    refused.set(status, (refused.get(status) ?? 0) + 1);
  });
  const kept = openOf(sockets);
  hangUp(sockets);
  const { did, problems } = reportOf(refused);
  const taken = [...refused.keys()].filter((status) => status >= 200 && status < 300);
  return {
    did: `${sockets.length} replaying, ${kept} still connected at the end; forged: ${did}`,
    problems: [...problems, ...taken.map((status) => `a forged request was answered with ${status}`)],
  };
}

function forgedReturns({ streams, overheard }: Target): readonly string[] {
  const signed = `${RETURN_SIGNATURE_HEADER}: ${'5a'.repeat(32)}`;
  const pack = `stream=${streams[0]}&pack=1-1-1`;
  const receipt = { method: 'POST', body: '{}' };
  return [
    request(`${RETURN_PATH}debts?home=s2`),
    request(`${RETURN_PATH}debts?home=s2`, { headers: [signed] }),
    request(`${RETURN_PATH}index?${pack}`, { headers: [signed] }),
    request(`${RETURN_PATH}media?${pack}`, { headers: [signed, 'Range: bytes=0-'] }),
    request(`${RETURN_PATH}receipt`, { ...receipt, headers: [signed, 'Content-Length: 2'] }),
    request(`${RETURN_PATH}receipt`, { ...receipt, headers: [signed, 'Content-Length: 99999999'] }),
    // Overheard, and changed: another home's debts.
    overheard.replace('home=s2', 'home=s1').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
  ];
}
