import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/unreachable', { deadlineMs: 140_000 });

const FAILS = fileURLToPath(new URL('../../../test/fixtures/bin/fails', import.meta.url));

test('a source that its owner cannot reach moves to a server that can', () =>
  withHerd({ servers: 2, cameras: 2, timing: { source_timeout: '2s' } }, async (herd) => {
    const server = herd.server('s2');
    server.kill('SIGTERM');
    await server.ended();
    await herd.whole();
    // No camera can be reached from this server any more, whatever it tries.
    process.env.STREAMHERD_FFMPEG = FAILS;
    await server.start();
    delete process.env.STREAMHERD_FFMPEG;
    await eventually(
      's2 tries, and fails',
      () => herd.names.some((name) => herd.bus.eventsOf('stream-source-error', name).length > 0),
      {
        deadlineMs: 30_000,
      },
    );
    const handedBack = await eventually(
      's2 gives it up',
      () =>
        herd.names
          .flatMap((name) => herd.bus.eventsOf('stream-handed-back', name))
          .find(({ why }) => /no data for/.test(why)),
      { deadlineMs: 30_000 },
    );
    assert.is(handedBack.server, 's2');
    await herd.whole();
    assert.is((await herd.byServer()).get('s2'), undefined, 'what s2 failed is not given to it again soon');
    assert.equal(await herd.pulledTwice(), []);
  }));

test.run();
