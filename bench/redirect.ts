import { withHerd } from '../test/support/herd.ts';
import type { HerdServer } from '../test/support/herd-server.ts';
import type { TestHerd } from '../test/support/test-herd.ts';
import type { BareHttpOptions, BareHttpStarted } from './bare-http-process.ts';
import type { Bench, Row } from './bench.ts';
import { Child } from './child.ts';
import type { HttpLoad, HttpLoadResult } from './http-load.ts';
import { type Party, ROUNDS, sideBySide } from './side-by-side.ts';
import { rounded } from './spread.ts';
import { listed } from './takeover.ts';

const CONNECTIONS = 64;
const ROUND_MS = 1500;
const STREAM = 'cam1';
/** 2 s of it are a segment of about 1 MB. */
const CLIP = { seconds: 4, fps: 25, gop: 25, size: '1280x720', kbps: 3900 } as const;
const OPTIONS = { servers: 2, cameras: 1, clip: CLIP, live: { segment: '2s' } } as const;

/** What viewers ask for, of a real server and of the least that can be written with `node:http`, by one client in turns. */
export async function bench(): Promise<Bench> {
  const rows: Row[] = [];
  await withHerd(OPTIONS, async (herd) => {
    const owner = herd.server(await herd.ownerOf(STREAM));
    const other = herd.servers.find((server) => server !== owner) ?? owner;
    const playlistUrl = `${owner.url}/${STREAM}/video.m3u8`;
    const segmentBytes = (await bodyOf(await newestSegment(owner))).byteLength;
    const options = {
      location: await locationOf(`${other.url}/${STREAM}/index.m3u8`),
      playlistBytes: (await bodyOf(playlistUrl)).byteLength,
      segmentBytes,
    };
    await using client = new Child('./http-load-process.js');
    await using bare = new Child('./bare-http-process.js');
    const { url } = await bare.ask<BareHttpOptions, BareHttpStarted>(options);
    const party = (pids: readonly number[], status: number, of: () => string | Promise<string>): Party => ({
      pids,
      ask: async () => {
        const load = { url: await of(), connections: CONNECTIONS, durationMs: ROUND_MS, status };
        return (await client.ask<HttpLoad, HttpLoadResult>(load)).answers;
      },
    });
    const compare = async (what: string, status: number, server: HerdServer, of: () => string | Promise<string>) => {
      const path = what.slice(0, what.indexOf(' '));
      const bareParty = party([bare.pid], status, () => `${url}/${path}`);
      rows.push({ what, ...(await sideBySide(party(server.pids, status, of), bareParty)) });
    };
    await compare('redirect to the owner', 302, other, () => `${other.url}/${STREAM}/index.m3u8`);
    await compare('playlist that players poll', 200, owner, () => playlistUrl);
    await compare(`segment of ${rounded(segmentBytes / 1e6)} MB`, 200, owner, () => newestSegment(owner));
    await stillWhole(herd);
  });
  return {
    name: `HTTP: answers a second, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds side by side with a bare server`,
    rows,
  };
}

/** Asked for again before every round, because segments leave the live window. */
async function newestSegment(owner: HerdServer): Promise<string> {
  const newest = (await listed(owner.url, STREAM)).at(-1);
  if (newest === undefined) throw new Error(`${owner.name} lists no segment of ${STREAM}`);
  return `${owner.url}/${STREAM}/${newest.uri}`;
}

async function bodyOf(url: string): Promise<ArrayBuffer> {
  return (await fetch(url)).arrayBuffer();
}

async function locationOf(url: string): Promise<string> {
  const { headers } = await fetch(url, { redirect: 'manual' });
  return headers.get('location') ?? '';
}

/** Checks that the stream has not moved meanwhile: the bench would have measured something else. */
async function stillWhole(herd: TestHerd): Promise<void> {
  const counts = await herd.cameras.countsOf(STREAM);
  if (counts.total !== 1) throw new Error(`${STREAM} was captured anew while it was asked for`);
}
