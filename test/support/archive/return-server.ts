import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { ArchiveDesk, ToDesk } from '../../../src/archive/archive-calls.ts';
import { answerOf } from '../../../src/archive/archive-desk.ts';
import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import { NodeDisk } from '../../../src/archive/disk/node-disk.ts';
import { HerdHomes } from '../../../src/archive/herd-homes.ts';
import { HttpReturnPeers, type ReturnLimits } from '../../../src/archive/peers/http-return-peers.ts';
import { Holder } from '../../../src/archive/releasing/holder.ts';
import { type Clock, PROCESS_CLOCK } from '../../../src/host/clock.ts';
import { startTestMedia, type TestMedia } from '../media.ts';
import { tempFolder } from '../temp-folder.ts';
import { deskOnDisk } from './desk-port.ts';
import { MemoryDisk } from './memory-disk.ts';
import { testSegments, writePack } from './pack-fixture.ts';

export const KEY = 'the key of the herd';
export const SESSION = 'n1';

/** A server that holds packs of `s02` on a real disk, and answers over HTTP. */
export interface ReturnHolder extends AsyncDisposable {
  readonly media: TestMedia;
  readonly holder: Holder;
  readonly folder: string;
  readonly session: string;
  /** The calls of the archive that were asked. */
  readonly asked: string[];
  /** Answers in place of the archive. */
  readonly instead: { packFile?: ArchiveDesk['packFile'] };
}

/** From the first receipt until the home is asked again. */
export const GRACE_MS = 3_600_000;

export interface HolderOptions {
  readonly clusterKey?: string;
  /** Default: `SESSION`. */
  readonly session?: string;
  /** Default: that of the process. */
  readonly clock?: Clock;
  /** Default: one of its own, which is removed with it. */
  readonly folder?: string;
  readonly packs?: number;
  /** Puts more packs there. */
  readonly write?: (disk: NodeDisk, folder: string) => Promise<void>;
}

export async function startHolder(options: HolderOptions = {}): Promise<ReturnHolder> {
  const { clusterKey = KEY, session = SESSION, clock = PROCESS_CLOCK, packs = 2, write } = options;
  const own = options.folder === undefined ? await tempFolder() : undefined;
  const folder = own?.path ?? options.folder ?? '';
  const disk = new NodeDisk();
  const place = { stream: 'cam01', folder: join(folder, 'cam01'), server: 's01' };
  for (let index = 0; index < packs; index += 1)
    await writePack(disk, testSegments(300, 900 + 1000 * index), { place });
  await write?.(disk, folder);
  const catalogue = new Catalogue({ disk, server: 's01', onProblem: () => {} });
  await catalogue.load([folder]);
  const holder = new Holder({
    ...{ disk, promptDisk: disk, clock, catalogue, server: 's01', herd: knowing('s01', session), onProblem: () => {} },
    ...{ ruleOf: () => undefined, isClockInDoubt: () => false, returning: { graceMs: GRACE_MS, adoptMs: null } },
  });
  const asked: string[] = [];
  const instead: ReturnHolder['instead'] = {};
  const { desk } = await deskOnDisk(new MemoryDisk());
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (message: ToDesk) => {
    asked.push(message.call);
    void answerOf({ ...desk, ...holder.desk, ...instead }, message).then((answer) => port1.postMessage(answer));
  });
  const media = await startTestMedia('s01', { clusterKey, connectArchive: () => port2 });
  media.host.setServers([{ name: 's01', publicUrl: media.url, peerUrl: media.url, session }]);
  await media.host.settled();
  return {
    ...{ media, holder, folder, session, asked, instead },
    [Symbol.asyncDispose]: async () => {
      holder.releasing.end();
      await media[Symbol.asyncDispose]();
      port1.close();
      await own?.[Symbol.asyncDispose]();
    },
  };
}

function knowing(server: string, session: string): HerdHomes {
  const herd = new HerdHomes(PROCESS_CLOCK.now);
  herd.serversTold([{ server, session, state: 'up', address: '' }]);
  return herd;
}

/** The way of the home `s02` to a holder. */
export function homeOf(
  url: string,
  {
    clusterKey = KEY,
    session = SESSION,
    limits = {},
  }: { clusterKey?: string; session?: string; limits?: Partial<ReturnLimits> } = {},
): HttpReturnPeers {
  const servers = () => [{ name: 's01', session, peerUrl: url, isUp: true }];
  return new HttpReturnPeers({ server: 's02', clusterKey, servers, limits });
}

/** A file of that size without content, which takes no room. */
export async function emptyFile(folder: string, bytes: number): Promise<string> {
  const file = join(folder, 'empty');
  await writeFile(file, '');
  await truncate(file, bytes);
  return file;
}
