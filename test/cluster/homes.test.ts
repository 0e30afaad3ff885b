import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseIndex } from '../../src/archive/pack/pack-index.ts';
import { eventually } from '../support/eventually.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { herdSuite } from '../support/herd-suite.ts';
import { EDIT_AUTH, type TestHerd } from '../support/test-herd.ts';

const test = herdSuite('cluster/homes', {
  ...{ servers: 2, cameras: 2, captureAt: { cam1: 's1' }, dvr: true },
  timing: { return_after: '250ms' },
});
const SLOW = { deadlineMs: 30_000 };

/** The home in the newest recording that a server has of a stream: older ones return to their own homes meanwhile. */
async function recordedHome(server: HerdServer, stream: string): Promise<string | undefined> {
  const folder = join(server.dataDir, 'archive', stream);
  const files = await readdir(folder, { recursive: true });
  const indexes = files.filter((file) => file.endsWith('.m3u8'));
  const texts = await Promise.all(indexes.map((file) => readFile(join(folder, file), 'utf8')));
  const headers = texts.flatMap((text) => parseIndex(text).header ?? []);
  return headers.sort((a, b) => b.startMs - a.startMs)[0]?.home;
}

/** The stream is live on that server, and belongs and is recorded there for that home. */
async function isAt(herd: TestHerd, stream: string, at: string, home: string): Promise<void> {
  await eventually(
    `${stream} is on ${at}, recorded for ${home}`,
    async () => {
      const { server, state } = await herd.stream(stream);
      return server === at && state === 'live' && (await recordedHome(herd.server(at), stream)) === home;
    },
    SLOW,
  );
  assert.is((await herd.stream(stream)).home, home);
  assert.is((await herd.server(at).ask(`/api/v1/where/${stream}`)).home, home);
}

test('what a stand-in records belongs to the home, pinned or not, after a drain and a loss; a move for good takes the home along', async (herd) => {
  const [first, second] = [herd.server('s1'), herd.server('s2')];
  await isAt(herd, 'cam1', 's1', 's1');
  await isAt(herd, 'cam2', 's2', 's2');

  await first.change('/api/v1/servers/s1/drain', {});
  await isAt(herd, 'cam1', 's2', 's1');
  await first.change('/api/v1/servers/s1/undrain', {});
  await isAt(herd, 'cam1', 's1', 's1');

  second.kill('SIGKILL');
  await second.ended();
  await isAt(herd, 'cam2', 's1', 's2');
  await second.start();
  await isAt(herd, 'cam2', 's2', 's2');
  assert.match((await herd.stream('cam2')).why, /^its home s2 |^it was handed back for s2 /);

  await herd.move('cam2', 's1');
  await isAt(herd, 'cam2', 's1', 's1');

  first.kill('SIGTERM');
  await first.ended();
  await isAt(herd, 'cam2', 's2', 's1');
  const { epoch } = await herd.stream('cam2');
  const Authorization = `Basic ${Buffer.from(`${EDIT_AUTH.user}:${EDIT_AUTH.password}`).toString('base64')}`;
  const answer = await fetch(`${second.url}/api/v1/servers/s1`, { method: 'DELETE', headers: { Authorization } });
  assert.is(answer.status, 200);
  await isAt(herd, 'cam2', 's2', 's2');
  assert.equal([(await herd.stream('cam2')).epoch, (await herd.stream('cam2')).state], [epoch, 'live']);
  assert.is((await herd.stream('cam1')).home, 's1', 'its definition says it');
  const adopted = () => herd.bus.eventsOf('stream-adopted').map(({ stream }) => stream);
  await eventually('it is told', () => adopted().join() === 'cam2');
  assert.equal(await herd.pulledTwice(), []);
});

test.run();
