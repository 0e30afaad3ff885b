import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findTools } from '../actors/ffmpeg/tools.ts';
import { storageProblem } from '../host/disk/disk-watch.ts';
import { natsServerBinary } from '../nats/own-server/nats-server-binary.ts';
import { type Check, failure, ok, warning } from './check.ts';

/** Checks of the programs that a server runs, and of the folder that it writes to. */
export function installChecks(dataDir: string, wantsNatsServer: boolean): readonly Check[] {
  const natsServer: Check = {
    name: 'nats-server',
    run: async () => ok(`this server starts its own: ${natsServerBinary()}`),
  };
  return [
    { name: 'programs', run: toolOutcomes },
    ...(wantsNatsServer ? [natsServer] : []),
    { name: 'data_dir', run: () => folderOutcome(dataDir) },
  ];
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

async function folderOutcome(dataDir: string) {
  if ((await stat(dataDir).catch(() => undefined)) === undefined) return folderToBeMade(dataDir, dirname(dataDir));
  const problem = await storageProblem(dataDir, { trialFile: `.write-trial-${process.pid}` });
  return problem === undefined ? ok(`${dataDir} takes what is written`) : failure(`${dataDir}: ${problem}`);
}

async function folderToBeMade(dataDir: string, parent: string): Promise<ReturnType<typeof ok>> {
  const found = await stat(parent).catch(() => undefined);
  if (found === undefined && dirname(parent) !== parent) return folderToBeMade(dataDir, dirname(parent));
  const mayWrite = await access(parent, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!found?.isDirectory() || !mayWrite)
    return failure(`${dataDir} cannot be made: nothing may be written in ${parent}`);
  return ok(`${dataDir} will be made`);
}
