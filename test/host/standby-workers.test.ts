import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { StandbyWorkers } from '../../src/host/standby-workers.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('host/standby-workers');
const WITHOUT_ROOM = fileURLToPath(new URL('../fixtures/threads-used-up.js', import.meta.url));

/** Says with which words it was installed and begun; each that is loaded leaves a mark. */
const workerText = (installed: string, marks: string) => `
  import { writeFileSync } from 'node:fs';
  import { parentPort, threadId } from 'node:worker_threads';
  parentPort.once('message', (begun) => parentPort.postMessage('${installed} ' + begun));
  writeFileSync(${JSON.stringify(marks)} + '/' + threadId, '');
`;

async function installation(folder: string) {
  const marks = join(folder, 'marks');
  const file = join(folder, 'worker.mjs');
  await mkdir(marks);
  await writeFile(file, workerText('first', marks));
  const loaded = (count: number) =>
    eventually(`${count} are loaded`, async () => (await readdir(marks)).length >= count);
  return { file, loaded };
}

for (const [what, change] of [
  ['removed', (file: string) => rm(file)],
  [
    'replaced',
    (file: string) => rm(file).then(() => writeFile(file, 'another version, and longer than the one before it')),
  ],
] as const) {
  test(`a thread that dies after its file was ${what} has a successor that was loaded before; after a second death the log says that none is left`, async () => {
    await using folder = await tempFolder();
    const { file, loaded } = await installation(folder.path);
    using workers = new StandbyWorkers<string>(pathToFileURL(file), 'it', 0);
    const first = workers.take('a');
    assert.equal(await once(first, 'message'), ['first a']);
    await loaded(2);
    await change(file);
    await first.terminate();
    const second = workers.take('b');
    assert.equal(await once(second, 'message'), ['first b']);
    await second.terminate();
    const third = workers.take('c');
    const [error] = (await once(third, 'error')) as [Error];
    assert.match(error.message, /worker\.mjs is not what this server was started from: start the server anew/);
  });
}

test('a thread for which this machine has no room is one that fails; the process goes on, also when it loads one ahead', async () => {
  await using folder = await tempFolder();
  const { file } = await installation(folder.path);
  const { stdout, stderr } = await execa(process.execPath, [WITHOUT_ROOM, file], { reject: false });
  assert.match(stdout, /EAGAIN.*\nalive$/, stderr);
});

test.run();
