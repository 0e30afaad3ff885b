import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { readList } from '../support/media.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { TestHerd } from '../support/test-herd.ts';
import type { Attack, Report, Target } from './attack.ts';
import { victimOf } from './client.ts';
import { withStreams } from './extra-streams.ts';
import { startHostileSources } from './hostile-sources.ts';
import { PeakOfCaptures } from './server-figures.ts';

/** An ffmpeg takes 20 to 50 MB; one that reads all that a source sends takes what there is. */
const MAX_CAPTURE_MB = 200;
/** From the first data that a server waits for to the second server's turn, and that one's wait. */
const TRIED_WITHIN_MS = 90_000;
/** The only good source: it shows that the others would be captured if ffmpeg opened them. */
const CONTROL = 'evil/control';

/** Attacks of sources on the servers that capture them. */
export const cameraAttacks: readonly Attack[] = [
  {
    name: 'hostile-sources',
    does: 'sources that send rubbish, describe themselves at length, drip, redirect, and name files, other schemes and the herd itself',
    by: 'campaign',
    isShort: true,
    isPatient: true,
    run: hostileSources,
  },
];

async function hostileSources(herd: TestHerd, target: Target): Promise<Report> {
  await using folder = await tempFolder();
  const canary = await oneSegment(herd);
  const file = join(folder.path, 'canary.ts');
  await writeFile(file, canary);
  const victim = victimOf(target);
  await using sources = await startHostileSources({
    canary,
    playlists: Object.fromEntries(
      Object.entries({ control: 'canary.ts', ...forbidden(file, canary, target) }).map(([path, segment]) => [
        path,
        playlistOf(segment),
      ]),
    ),
    redirects: redirectsTo(file, victim),
  });
  const streams = streamsOf(sources, target);
  using peak = new PeakOfCaptures(herd.servers);
  const triers = target.scale < 1 ? 1 : herd.servers.length;
  const { failedOn, live } = await withStreams(herd, streams, () => tried(herd, Object.keys(streams), triers));
  const problems = [
    ...(live.delete(CONTROL) ? [] : [`${CONTROL} was never live: nothing was shown`]),
    ...[...live].map((name) => `${name} was live`),
    ...[...failedOn]
      .filter(([name, on]) => name !== CONTROL && on.size < triers)
      .map(([name, on]) => `${name} has failed on ${on.size} servers, expected ${triers}`),
  ];
  if (peak.mb > MAX_CAPTURE_MB) problems.push(`an ffmpeg took ${peak.mb.toFixed(0)} MB, at most ${MAX_CAPTURE_MB}`);
  const did = `${Object.keys(streams).length} sources, the largest ffmpeg took ${peak.mb.toFixed(0)} MB`;
  return { did, problems };
}

/**
 * The servers on which each source has failed, and the streams that were live, until each source was tried on `triers` servers. A source
 * that ffmpeg could read would be live, as the true one is. More than one server: streams that fail everywhere must not move captured ones.
 */
async function tried(herd: TestHerd, names: readonly string[], triers: number) {
  const failedOn = new Map(names.map((name) => [name, new Set<string>()]));
  const live = new Set<string>();
  const isDone = async () => {
    for (const { name, state, error, server } of await herd.streams()) {
      if (error !== undefined && server !== undefined) failedOn.get(name)?.add(server);
      if (state === 'live' && failedOn.has(name)) live.add(name);
    }
    return live.has(CONTROL) && [...failedOn].every(([name, on]) => on.size >= triers || live.has(name));
  };
  await eventually('each was tried', isDone, { deadlineMs: TRIED_WITHIN_MS, everyMs: 250 }).catch(() => undefined);
  return { failedOn, live };
}

/** A segment as viewers get it. */
async function oneSegment(herd: TestHerd): Promise<Uint8Array> {
  const [name = ''] = herd.names;
  const list = `${herd.server(await herd.ownerOf(name)).url}/${name}/video.m3u8`;
  const { segments } = await readList(list);
  const last = segments.at(-1)?.uri ?? '';
  return new Uint8Array(await (await fetch(new URL(last, list))).arrayBuffer());
}

function playlistOf(segment: string): string {
  const head = ['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:2', '#EXT-X-MEDIA-SEQUENCE:1'];
  return [...head, '#EXTINF:2,', segment, '#EXTINF:2,', segment, ''].join('\n');
}

/** What a playlist must not make ffmpeg open, each by the name of the path that serves it. */
function forbidden(file: string, canary: Uint8Array, { natsUrl }: Target): Readonly<Record<string, string>> {
  return {
    file: pathToFileURL(file).href,
    'file-plain': `file:${file}`,
    concat: `concat:${file}|${file}`,
    subfile: `subfile,,start,0,end,0,,:${file}`,
    crypto: `crypto:file:${file}`,
    cache: `cache:${file}`,
    data: `data:video/mp2t;base64,${Buffer.from(canary).toString('base64')}`,
    tcp: natsUrl.replace('nats:', 'tcp:'),
  };
}

function redirectsTo(file: string, victim: { host: string; port: number; beatsPort: number }) {
  return {
    'to-file': pathToFileURL(file).href,
    'to-rtsp': `rtsp://${victim.host}:${victim.port}/cam1`,
    'to-herd': `rtsp://${victim.host}:${victim.beatsPort}/herd/beat`,
    'to-itself': 'to-itself',
  };
}

function streamsOf(
  { httpUrl, rtspUrl }: { httpUrl: string; rtspUrl: string },
  target: Target,
): Readonly<Record<string, { readonly url: string }>> {
  const { host, port, beatsPort } = victimOf(target);
  const http = ['control', 'rubbish', 'long', 'drip', 'to-file', 'to-rtsp', 'to-itself'];
  const playlists = ['file', 'file-plain', 'concat', 'subfile', 'crypto', 'cache', 'data', 'tcp'];
  const rtsp = ['rubbish', 'long', 'drip', 'to-file', 'to-herd'];
  const urls = [
    ...[...http, ...playlists].map((path) => [`evil/${path}`, `${httpUrl}/${path}`]),
    ...rtsp.map((path) => [`evil/rtsp-${path}`, `${rtspUrl}/${path}`]),
    // A stream whose source is that very stream, and sources that are other ports of the herd.
    ['evil/itself', `http://${host}:${port}/evil/itself/video.m3u8`],
    ['evil/api', `http://${host}:${port}/api/v1/streams`],
    ['evil/beats', `http://${host}:${beatsPort}/herd/beat`],
    ['evil/nats', target.natsUrl.replace('nats:', 'rtsp:')],
  ] as const;
  return Object.fromEntries(urls.map(([name, url]) => [name ?? '', { url: url ?? '' }]));
}
