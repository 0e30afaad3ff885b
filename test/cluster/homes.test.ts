import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseIndex } from '../../src/archive/pack/pack-index.ts';
import { eventually } from '../support/eventually.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { herdSuite } from '../support/herd-suite.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = herdSuite('cluster/homes', {
  ...{ servers: 2, cameras: 2, captureAt: { cam1: 's1' }, dvr: true },
  timing: { return_after: '250ms' },
});
const SLOW = { deadlineMs: 30_000 };

/** The homes in the recordings that a server has of a stream. */
async function recordedHomes(server: HerdServer, stream: string): Promise<readonly string[]> {
  const folder = join(server.dataDir, 'archive', stream);
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const indexes = files.filter((file) => file.endsWith('.m3u8'));
  const texts = await Promise.all(indexes.map((file) => readFile(join(folder, file), 'utf8')));
  return [...new Set(texts.flatMap((text) => parseIndex(text).header?.home ?? []))].sort();
}

/** The stream is live on that server, belongs to that home, and is recorded there for these homes. */
async function isAt(
  herd: TestHerd,
  stream: string,
  at: string,
  home: string,
  recorded: readonly string[],
): Promise<void> {
  await eventually(
    `${stream} is on ${at}, recorded for ${recorded}`,
    async () => {
      const { server, state } = await herd.stream(stream);
      const homes = await recordedHomes(herd.server(at), stream);
      return server === at && state === 'live' && homes.join() === recorded.join();
    },
    SLOW,
  );
  assert.is((await herd.stream(stream)).home, home);
  assert.is((await herd.server(at).ask(`/api/v1/where/${stream}`)).home, home);
}

test('what a stand-in records belongs to the home, pinned or not, after a drain and a loss; the stream returns there', async (herd) => {
  const [first, second] = [herd.server('s1'), herd.server('s2')];
  await isAt(herd, 'cam1', 's1', 's1', ['s1']);
  await isAt(herd, 'cam2', 's2', 's2', ['s2']);

  await first.change('/api/v1/servers/s1/drain', {});
  await isAt(herd, 'cam1', 's2', 's1', ['s1']);
  await first.change('/api/v1/servers/s1/undrain', {});
  await isAt(herd, 'cam1', 's1', 's1', ['s1']);

  second.kill('SIGKILL');
  await second.ended();
  await isAt(herd, 'cam2', 's1', 's2', ['s2']);
  await second.start();
  await isAt(herd, 'cam2', 's2', 's2', ['s2']);
  assert.match((await herd.stream('cam2')).why, /^its home s2 |^it was handed back for s2 /);
});

test.run();
