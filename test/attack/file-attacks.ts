import { eventually } from '../support/eventually.ts';
import type { TestHerd } from '../support/test-herd.ts';
import type { Attack, Report, Target } from './attack.ts';
import { hangUp, knockMany, openOf, request } from './client.ts';
import { withStreams } from './extra-streams.ts';
import { heldBy } from './server-figures.ts';

/** What the last server of the campaign's herd may open. */
export const FEW_FILES = 256;
/** So many client addresses attack: one the beats port, the others the public port. They are too few to hold all sockets for clients. */
const ADDRESSES = 4;
const CONNECTIONS = 600;
const STREAM = 'few/files';
const CLAIMED_WITHIN_MS = 20_000;

/** Attacks on a server that may open few files. */
export const fileAttacks: readonly Attack[] = [
  {
    name: 'few-files',
    does: `${CONNECTIONS} connections from ${ADDRESSES} addresses to both ports of a server that may open ${FEW_FILES} files, while it is given another stream`,
    by: 'campaign',
    isShort: true,
    run: fewFiles,
  },
];

async function fewFiles(herd: TestHerd, target: Target): Promise<Report> {
  const poor = target.servers.at(-1);
  if (poor === undefined) throw new RangeError('there is no server');
  const server = herd.server(poor.name);
  const before = heldBy(server).files;
  const sockets = (
    await Promise.all(
      Array.from({ length: ADDRESSES }, async (_, nth) => {
        const from = { ...target, from: `127.0.2.${nth + 1}` };
        const where = nth === 0 ? { ...poor, port: poor.beatsPort } : poor;
        return knockMany(from, where, CONNECTIONS / ADDRESSES);
      }),
    )
  ).flat();
  for (const socket of sockets)
    socket.write(request(`/${target.streams[0]}/video.m3u8`, { headers: ['X-A: b'] }).slice(0, -2));
  const problems: string[] = [];
  const isLive = async () => {
    const { server: owner, state } = await herd.stream(STREAM);
    return owner === poor.name && state === 'live';
  };
  const { most, kept } = await withStreams(herd, { [STREAM]: { url: 'test:', capture_at: poor.name } }, async () => {
    await eventually('the stream is live', isLive, { deadlineMs: CLAIMED_WITHIN_MS }).catch((error: Error) =>
      problems.push(`beside the connections ${error.message}`),
    );
    return { most: heldBy(server).files, kept: openOf(sockets) };
  }).finally(() => hangUp(sockets));
  return { did: `${sockets.length} made, ${kept} kept; ${before} files open before and ${most} beside them`, problems };
}
