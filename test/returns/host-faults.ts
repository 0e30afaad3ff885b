import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RETURN_PATH } from '../../src/archive/peers/return-request.ts';
import { lasts } from '../support/fault-length.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { FlippingWire } from './flipping-wire.ts';
import { reached } from './not-reached.ts';
import type { ReturnFault } from './return-fault.ts';
import type { ReturnScene } from './return-scene.ts';
import { ARCHIVE } from './stand-in.ts';

const LASTS_MS = 6000;
const FLIPPED = 4;
const FLIPPED_WITHIN = { deadlineMs: 120_000, everyMs: 1000 };
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
  onWire('network: a byte of what the home fetches is another one, once', {
    isFlipped: (target, { wire }) => isMedia(target) && wire.flipped.length === 0,
    lasts: ({ wire }) => reached('a byte is flipped', () => wire.flipped.length > 0, FLIPPED_WITHIN),
  }),
  onWire('network: a byte of all that the home fetches is another one, until an operator orders it anew', {
    isFlipped: isMedia,
    lasts: ({ scene }) => scene.stuck(),
  }),
  onWire('network: a byte of every second word between home and holder about the return is another one', {
    isFlipped: (target, { wire, scene }) =>
      target.startsWith(RETURN_PATH) && (wire.flipped.length === 0 || scene.random.chance(0.5)),
    lasts: async ({ wire, scene }) => {
      let wasOwed = false;
      const areFlipped = async () => {
        await scene.order('now', scene.home);
        const isOver = await scene.isOver();
        wasOwed ||= !isOver;
        // When all is over, nothing is left to flip: that a list of debts has not changed is told without a body.
        return wire.flipped.length >= FLIPPED || (wasOwed && isOver && wire.flipped.length > 0);
      };
      await reached('bytes are flipped', areFlipped, FLIPPED_WITHIN);
    },
  }),
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

interface OnWire {
  readonly wire: FlippingWire;
  readonly scene: ReturnScene;
}

interface WireFault {
  readonly isFlipped: (target: string, on: OnWire) => boolean;
  readonly lasts: (on: OnWire) => Promise<unknown>;
}

/** Between home and holder, from the start of the home on. When it is over, an operator orders that nothing is put off any more. */
function onWire(name: string, { isFlipped, lasts: over }: WireFault): ReturnFault {
  let laid: FlippingWire | undefined;
  return {
    name,
    inNamespaces: true,
    before: async (scene) => {
      const { herd, home, holder, random } = scene;
      const { network } = herd;
      if (network === undefined) throw new RangeError('this fault needs hosts');
      const wire = await FlippingWire.between({ network, from: home, to: holder }, random);
      scene.own(wire);
      wire.flip((target) => isFlipped(target, { wire, scene }));
      laid = wire;
    },
    strike: async (scene) => {
      const wire = laid;
      if (wire === undefined) throw new Error('there is no wire');
      await over({ wire, scene });
      await scene[Symbol.asyncDispose]();
      await scene.order('now', scene.home);
    },
  };
}

function isMedia(target: string): boolean {
  return target.startsWith(`${RETURN_PATH}media`);
}

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
