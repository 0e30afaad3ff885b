import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = suite('cluster/profiles', { deadlineMs: 140_000 });

/** Width of the picture in the newest segment that `stream`'s owner lists. */
async function width(herd: TestHerd, stream: string): Promise<string> {
  const { urls } = await herd.stream(stream);
  const media = new URL('video.m3u8', urls?.hls);
  const list = await (await fetch(media, { signal: AbortSignal.timeout(8000) })).text();
  const segment = list.trimEnd().split('\n').at(-1) ?? '';
  const ask = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'stream=width', '-of', 'csv=p=0'];
  const { stdout } = await execa('ffprobe', [...ask, new URL(segment, media).href], { timeout: 8000 });
  return stdout.split('\n')[0] ?? '';
}

test('the backup profile is in force away from home, and a change restarts only what it matters to', () =>
  withHerd({ servers: 2, cameras: 1 }, async (herd) => {
    const inputs = [herd.cameras.url('cam1')];
    const backup = { vb: '100k', size: '160x90', preset: 'ultrafast' };
    const pinned = { inputs, capture_at: 's2', backup_transcoder: backup };
    await herd.bus.put('cam1', pinned);
    await eventually('it goes home', async () => (await herd.ownerOf('cam1')) === 's2', { deadlineMs: 20_000 });
    await herd.whole();
    assert.is(await width(herd, 'cam1'), '320', 'at home it is copied');

    const { epoch } = await herd.stream('cam1');
    const { total } = await herd.cameras.countsOf('cam1');
    await herd.bus.put('cam1', { ...pinned, title: 'Gate 3', backup_transcoder: { ...backup, vb: '120k' } });
    await eventually('it has its title', async () => (await herd.stream('cam1')).title === 'Gate 3');
    await herd.bus.put('cam1', { ...pinned, title: 'Gate 3', transcoder: { size: '240x134', preset: 'ultrafast' } });
    await eventually('it is transcoded', async () => (await width(herd, 'cam1')) === '240', { deadlineMs: 20_000 });
    const after = await herd.stream('cam1');
    assert.equal(
      [after.epoch, (await herd.cameras.countsOf('cam1')).total],
      [epoch, total + 1],
      'neither a title nor the profile that is not in force restarts it; the one in force does, under the same epoch',
    );

    await herd.server('s2').losePower();
    await eventually('the backup has it', async () => (await herd.ownerOf('cam1')) === 's1', { deadlineMs: 20_000 });
    await herd.whole();
    assert.is(await width(herd, 'cam1'), '160', 'away from home the backup profile is in force');

    await herd.server('s2').start();
    await eventually('it is home again', async () => (await herd.ownerOf('cam1')) === 's2', { deadlineMs: 30_000 });
    await herd.whole();
    assert.is(await width(herd, 'cam1'), '240');
    assert.equal(await herd.pulledTwice(), []);
  }));

test.run();
