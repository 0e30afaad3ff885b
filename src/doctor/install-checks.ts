import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { findTools } from '../actors/ffmpeg/tools.ts';
import { KnownRoots, knownRootsFile } from '../archive/disk/known-roots.ts';
import { NodeDisk } from '../archive/disk/node-disk.ts';
import { foundRoot } from '../archive/disk/root-identity.ts';
import { archiveRootsOf, type Config, liveFolderOf } from '../config/config.ts';
import { storageProblem } from '../host/disk/disk-watch.ts';
import { natsServerBinary } from '../nats/own-server/nats-server-binary.ts';
import { type Check, failure, type Outcome, ok, warning } from './check.ts';

/** Checks of the programs that a server runs, and of the folders that it writes to. */
export function installChecks(config: Config): readonly Check[] {
  const dataDir = resolve(config.dataDir);
  const natsServer: Check = {
    name: 'nats-server',
    run: async () => ok(`this server starts its own: ${natsServerBinary()}`),
  };
  return [
    { name: 'programs', run: toolOutcomes },
    ...(config.nats === undefined ? [natsServer] : []),
    { name: 'data_dir', run: () => folderOutcome(dataDir) },
    ...(config.liveDir === undefined ? [] : [{ name: 'live_dir', run: () => folderOutcome(liveFolderOf(config)) }]),
    { name: 'archive', run: () => archiveOutcomes(config) },
  ];
}

async function archiveOutcomes(config: Config): Promise<readonly Outcome[]> {
  const disk = new NodeDisk();
  const dataDir = resolve(config.dataDir);
  const known = new KnownRoots(disk, knownRootsFile(dataDir));
  const problem = await known.read();
  const outcomes = archiveRootsOf(config).map(async ({ path }) => {
    const found = await foundRoot(disk, { path, server: config.serverName, knownId: known.ids.get(path) });
    if (found.is === 'offline') return failure(`${path}: ${found.why}`);
    return (await ofAnotherUser(path, dataDir)) ?? folderOutcome(path);
  });
  return [...(problem === undefined ? [] : [warning(problem)]), ...(await Promise.all(outcomes))];
}

/** What root may write tells nothing of the user that the server runs as, which is the one that owns `dataDir`. */
async function ofAnotherUser(folder: string, dataDir: string): Promise<Outcome | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [own, owner] = await Promise.all([folder, dataDir].map((path) => stat(path).catch(() => undefined)));
  if (own === undefined || owner === undefined || own.uid === owner.uid) return undefined;
  return warning(
    `${folder} belongs to the user ${own.uid}, and data_dir to the user ${owner.uid}, which the server runs as and may not be able to write there`,
  );
}

async function toolOutcomes() {
  const { ffmpeg, problem, drawsText, setpriv, nice } = await findTools();
  if (problem !== undefined) return failure(problem);
  const lacks = [
    ...(drawsText ? [] : [warning(`${ffmpeg} cannot write text into pictures: streams of test: have no name in them`)]),
    ...(setpriv ? [] : [warning('setpriv of util-linux is missing: an ffmpeg may outlive a server that is killed')]),
    ...(nice !== undefined
      ? []
      : [warning('nice is missing: captures that start delay what the server does for others')]),
  ];
  return lacks.length > 0 ? lacks : ok(`${ffmpeg}, setpriv and nice do what they are needed for`);
}

async function folderOutcome(folder: string): Promise<Outcome> {
  if ((await stat(folder).catch(() => undefined)) === undefined) return folderToBeMade(folder, dirname(folder));
  const problem = await storageProblem(folder, { trialFile: `.write-trial-${process.pid}` });
  return problem === undefined ? ok(`${folder} takes what is written`) : failure(`${folder}: ${problem}`);
}

async function folderToBeMade(folder: string, parent: string): Promise<Outcome> {
  const found = await stat(parent).catch(() => undefined);
  if (found === undefined && dirname(parent) !== parent) return folderToBeMade(folder, dirname(parent));
  const mayWrite = await access(parent, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!found?.isDirectory() || !mayWrite)
    return failure(`${folder} cannot be made: nothing may be written in ${parent}`);
  return ok(`${folder} will be made`);
}
