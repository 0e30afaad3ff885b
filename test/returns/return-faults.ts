import { open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lasts } from '../support/fault-length.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { packName } from './judgement.ts';
import { NotReached } from './not-reached.ts';
import type { ReturnFault } from './return-fault.ts';
import type { ReturnScene } from './return-scene.ts';
import { ARCHIVE, handedOver, recordedBy, standIn } from './stand-in.ts';

const BUS_AWAY_MS = 6000;
const BAD_FOLDER_MS = 6000;
/** Within a step of a return, or beyond its end. */
const MOMENT_MS = 3000;

export const RETURN_FAULTS: readonly ReturnFault[] = [
  { name: 'none but the loss of the home', strike: async () => {} },
  {
    name: 'home: power loss while it fetches',
    strike: async (scene) => {
      await scene.fetching();
      await scene.crash(scene.home);
    },
  },
  {
    name: 'holder: power loss while it is fetched from',
    strike: async (scene) => {
      await scene.fetching();
      await scene.crash(scene.holder);
    },
  },
  {
    name: 'both: power loss while one fetches from the other',
    strike: async (scene) => {
      await scene.fetching();
      await scene.crash(scene.home, scene.holder);
    },
  },
  {
    name: 'home: power loss after its receipt',
    strike: async (scene) => {
      await scene.resting();
      await scene.crash(scene.home);
    },
  },
  {
    name: 'holder: power loss after a receipt',
    strike: async (scene) => {
      await scene.resting();
      await scene.crash(scene.holder);
    },
  },
  {
    name: 'either side: power loss at any moment from the first bytes on, twice',
    strike: async (scene) => {
      const { random } = scene;
      for (const begun of [scene.fetching, scene.resting]) {
        await begun.call(scene);
        await lasts(random.between(0, MOMENT_MS));
        await scene.crash(random.pick([scene.home, scene.holder]));
      }
    },
  },
  {
    name: 'disk: what has returned vanishes from the home’s disk after its receipt',
    strike: async (scene) => {
      await scene.resting();
      await removeReturned(scene);
    },
  },
  {
    name: 'one after the other: power loss of the home while it fetches, of the holder after a receipt, and what has returned vanishes',
    strike: async (scene) => {
      await scene.fetching();
      await scene.crash(scene.home);
      await scene.resting();
      await scene.crash(scene.holder);
      await scene.resting();
      await removeReturned(scene);
    },
  },
  {
    name: 'disk: a byte of what has returned is another one after the receipt',
    strike: async (scene) => {
      await scene.resting();
      for (const media of await returnedMedia(scene)) await flip(media);
    },
  },
  {
    name: 'disk: a byte is another one at the holder, until an operator has repaired it',
    before: async (scene) => flip(await onlyMedia(scene, scene.holder)),
    strike: async (scene) => {
      await scene.stuck();
      await flip(await onlyMedia(scene, scene.holder));
      await scene.order('now', scene.home);
    },
  },
  {
    name: 'disk: a file lies in the place of the stream’s folder at the home while it fetches',
    strike: async (scene) => {
      await scene.fetching();
      const { dataDir } = scene.home;
      const [folder, aside] = [join(dataDir, ARCHIVE, scene.stream), join(dataDir, 'aside')];
      await rename(folder, aside);
      await writeFile(folder, 'no folder');
      await lasts(BAD_FOLDER_MS);
      await rm(folder);
      await rename(aside, folder);
    },
  },
  {
    name: 'home: lost once more while it fetches, until another server has recorded for it again',
    strike: async (scene) => {
      const { herd, home, stream } = scene;
      await scene.fetching();
      await home.losePower();
      const second = await standIn(herd, stream, home);
      await scene.remember(second);
      await home.start();
      await handedOver(herd, stream, second);
    },
  },
  {
    name: 'others: both lost while the home fetches, so that it records for them, and recordings go both ways at once',
    strike: bothWays,
  },
  {
    name: 'bus: away while the home fetches',
    strike: async (scene) => {
      await scene.fetching();
      const { nats, cluster } = scene.herd;
      const nodes = cluster?.nodes ?? [nats];
      for (const node of nodes) await node.kill('SIGKILL');
      await lasts(BUS_AWAY_MS);
      await Promise.all(nodes.map((node) => node.restart()));
      await cluster?.ready();
    },
  },
  moved('definition: capture_at names a third server while the home fetches', async (scene) => {
    await scene.fetching();
    return () => Promise.resolve();
  }),
  moved('definition: capture_at names a third server while the home is down, after its receipt', async (scene) => {
    await scene.resting();
    await scene.home.losePower();
    return () => scene.home.start();
  }),
  moved('definition: capture_at names a third server while the holder is down, after a receipt', async (scene) => {
    await scene.resting();
    await scene.holder.losePower();
    return () => scene.holder.start();
  }),
];

/** @param before what happens before the definition is changed. @returns what happens after that */
function moved(name: string, before: (scene: ReturnScene) => Promise<() => Promise<void>>): ReturnFault {
  return {
    name,
    strike: async (scene) => {
      const after = await before(scene);
      const { herd, home, holder, stream } = scene;
      const [third = home] = herd.servers.filter((server) => server !== home && server !== holder);
      await define(scene, third.name);
      await after();
      await herd.whole([stream]);
    },
    heal: async (scene) => {
      await define(scene, scene.home.name);
      // Until then the next fault would find a herd that is about to move its streams.
      await recordedBy(scene.herd, scene.home, scene.stream);
    },
  };
}

async function bothWays(scene: ReturnScene): Promise<void> {
  const { herd, home, holder, stream } = scene;
  await scene.fetching();
  // Until there is something for the other way too.
  await scene.order('pause', home);
  const theirs = (await herd.byServer()).get(holder.name)?.filter((name) => name !== stream) ?? [];
  const others = herd.servers.filter((server) => server !== home);
  for (const server of others) await server.losePower();
  if (theirs.length === 0) throw new NotReached(`${holder.name} had no stream of its own`);
  for (const name of theirs) {
    await recordedBy(herd, home, name);
    await scene.remember(home, name);
  }
  for (const server of others) await server.start();
  for (const name of theirs) await handedOver(herd, name, home);
  await scene.owes(home, holder);
  await scene.order('now', home);
  await scene.order('now', holder);
  await scene.bothFetch(home, holder);
}

async function define({ herd, stream }: ReturnScene, captureAt: string): Promise<void> {
  await herd.bus.put(stream, { inputs: [herd.cameras.url(stream)], capture_at: captureAt, dvr: { keep: '1d' } });
}

/** What the home has of the epochs that the holder recorded. */
async function returnedMedia(scene: ReturnScene): Promise<readonly string[]> {
  const held = new Set((await scene.packsOf(scene.holder)).map(packName));
  const packs = (await scene.packsOf(scene.home)).filter((pack) => held.has(packName(pack)));
  return packs.map(({ name }) => join(scene.home.dataDir, ARCHIVE, `${name}.ts`));
}

async function removeReturned(scene: ReturnScene): Promise<void> {
  for (const media of await returnedMedia(scene)) {
    await rm(media, { force: true });
    await rm(media.replace(/ts$/, 'm3u8'), { force: true });
  }
}

/** The newest that the server has of the stream. */
async function onlyMedia(scene: ReturnScene, server: HerdServer): Promise<string> {
  const pack = (await scene.packsOf(server)).at(-1);
  if (pack === undefined) throw new Error(`${server.name} has nothing of ${scene.stream}`);
  return join(server.dataDir, ARCHIVE, `${pack.name}.ts`);
}

/** Changes a byte near the beginning of the file, or changes it back. */
async function flip(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, FLIPPED_BYTE);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, FLIPPED_BYTE);
}

/** Within the first frame. */
const FLIPPED_BYTE = 2000;
