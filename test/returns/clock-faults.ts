import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dayFolder } from '../../src/archive/pack/pack-name.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { reached } from './not-reached.ts';
import type { ReturnFault } from './return-fault.ts';
import type { ReturnScene } from './return-scene.ts';
import { ARCHIVE } from './stand-in.ts';

/** More than the definitions keep, so that all recordings seem too old, or to be from the day after. */
const STEP_MS = 30 * 3_600_000;
/** Retention looks once a minute, and begins a minute after a start. */
const DOUBTED_WITHIN = { deadlineMs: 180_000, everyMs: 500 };

/** A step ahead looks like a sleep, so it also costs the session. */
export const CLOCK_FAULTS: readonly ReturnFault[] = [
  stepped('clock: the home’s is 30 h ahead while it fetches, and then right', ({ home }) => home, STEP_MS),
  stepped(
    'clock: the holder’s is 30 h ahead while it is fetched from, and then right',
    ({ holder }) => holder,
    STEP_MS,
  ),
  stepped(
    'clock: the holder’s is 30 h behind while it is fetched from, and then right',
    ({ holder }) => holder,
    -STEP_MS,
  ),
];

function stepped(name: string, whose: (scene: ReturnScene) => HerdServer, aheadMs: number): ReturnFault {
  return {
    name,
    setsClocks: true,
    strike: async (scene) => {
      await scene.fetching();
      const server = whose(scene);
      await scene.setClock(server, aheadMs);
      const isDoubted = async () => (await server.metrics()).get('streamherd_archive_clock_doubted') === 1;
      await reached(`${server.name} doubts its clock`, () => isDoubted().catch(() => false), DOUBTED_WITHIN);
      await scene.setClock(server, 0);
    },
    heal: forgetOtherDays,
  };
}

/** An operator removes what was recorded under the wrong time: no later question for a time of the cameras could find it. */
async function forgetOtherDays({ herd }: ReturnScene): Promise<void> {
  const today = dayFolder(Date.now());
  for (const server of herd.servers) {
    const archive = join(server.dataDir, ARCHIVE);
    const folders = await readdir(archive, { recursive: true });
    const others = folders.filter((folder) => /\/\d{4}\/\d\d\/\d\d$/.test(folder) && !folder.endsWith(`/${today}`));
    if (others.length === 0) continue;
    await server.losePower();
    for (const folder of others) await rm(join(archive, folder), { recursive: true });
    await server.start();
  }
}
