import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { recordedPacks } from '../support/recorded-frames.ts';
import type { TestHerd } from '../support/test-herd.ts';

/** Of a server's data folder. */
export const ARCHIVE = 'archive';
const FRAMES = 40;
const RECORDED_WITHIN_MS = 60_000;
/** A server that has come back several times waits for its streams for longer each time, up to a minute. */
export const REST_DEADLINE_MS = 180_000;
const EVERY_MS = 300;

/** Another server than `home` that captures the stream, when it has some seconds of it. On a busy machine that may be lost too. */
export async function standIn(herd: TestHerd, stream: string, home: HerdServer): Promise<HerdServer> {
  let owner = home.name;
  const isRecorded = async () => {
    const { state, server = home.name, epoch } = await herd.stream(stream);
    owner = server;
    if (owner === home.name || state !== 'live') return false;
    return (await newestFrames(herd.server(owner), stream, epoch)) >= FRAMES;
  };
  const deadline = { deadlineMs: REST_DEADLINE_MS, everyMs: EVERY_MS };
  await eventually(`another server records ${stream}`, isRecorded, deadline);
  return herd.server(owner);
}

export async function recordedBy(herd: TestHerd, server: HerdServer, stream: string): Promise<void> {
  const isRecorded = async () => {
    const { server: owner, epoch } = await herd.stream(stream);
    return owner === server.name && (await newestFrames(server, stream, epoch)) >= FRAMES;
  };
  const deadline = { deadlineMs: RECORDED_WITHIN_MS, everyMs: EVERY_MS };
  await eventually(`${server.name} records ${stream}`, isRecorded, deadline);
}

/** What the stand-in still records is owed by none yet. */
export async function handedOver(herd: TestHerd, stream: string, from: HerdServer): Promise<void> {
  const isOver = async () => (await herd.stream(stream)).server !== from.name;
  const deadline = { deadlineMs: REST_DEADLINE_MS, everyMs: EVERY_MS };
  await eventually(`${from.name} hands ${stream} over`, isOver, deadline);
}

/** Of the newest pack that the server has of the stream under this epoch. */
async function newestFrames({ dataDir }: HerdServer, stream: string, epoch = 0): Promise<number> {
  const packs = await recordedPacks(join(dataDir, ARCHIVE), stream);
  const newest = packs.findLast(({ name }) => name.split('/').at(-1)?.startsWith(`${epoch}-`));
  return newest?.frames.length ?? 0;
}
