import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lasts } from '../support/fault-length.ts';
import { SmallDisk } from '../support/small-disk.ts';
import type { ReturnFault } from './return-fault.ts';
import { ARCHIVE, type ReturnScene } from './return-scene.ts';

const LASTS_MS = 6000;
const EXCHANGED_MB = 16;
const run = promisify(execFile);

/** Of hosts and disks that the campaign has for itself. */
export const HOST_FAULTS: readonly ReturnFault[] = [
  whileFetching(
    'network: home and holder cut off from each other while one fetches',
    async ({ herd, home, holder }) => {
      const { network } = herd;
      if (network === undefined) throw new RangeError('this fault needs hosts');
      await network.cut([home.name], [holder.name]);
      await lasts(LASTS_MS);
      await network.heal();
    },
  ),
  whileFetching('disk: the home’s is full while it fetches', async ({ herd, home }) => {
    await herd.disk(home.name).fill();
    await lasts(LASTS_MS);
    await herd.disk(home.name).empty();
  }),
  whileFetching('disk: the home’s archive is read-only while it fetches', async ({ home }) => {
    const archive = join(home.dataDir, ARCHIVE);
    // Over itself: a mount with files that are open for writing cannot become read-only.
    await run('mount', ['--bind', archive, archive]);
    await run('mount', ['-o', 'remount,bind,ro', archive]);
    await lasts(LASTS_MS);
    await run('umount', ['--lazy', archive]);
  }),
  whileFetching('disk: an empty one lies over the home’s archive while it fetches', async ({ home }) => {
    await using _other = await SmallDisk.mount(join(home.dataDir, ARCHIVE), EXCHANGED_MB);
    await lasts(LASTS_MS);
  }),
  whileFetching('disk: the archive of a third server lies over the home’s while it fetches', async (scene) => {
    const { herd, home, holder } = scene;
    const third = herd.servers.find((server) => server !== home && server !== holder);
    if (third === undefined) throw new RangeError('this fault needs a third server');
    const archive = join(home.dataDir, ARCHIVE);
    await run('mount', ['--bind', join(third.dataDir, ARCHIVE), archive]);
    await lasts(LASTS_MS);
    await run('umount', ['--lazy', archive]);
  }),
];

function whileFetching(name: string, strike: (scene: ReturnScene) => Promise<void>): ReturnFault {
  return {
    name,
    inNamespaces: true,
    strike: async (scene) => {
      await scene.fetching();
      await strike(scene);
    },
  };
}
