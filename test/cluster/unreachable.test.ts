import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import type { HerdEventKind } from '../../src/domain/herd-event.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/unreachable', { deadlineMs: 140_000 });

const FAILS = fileURLToPath(new URL('../../../test/fixtures/bin/fails-at-once', import.meta.url));

/** Given to s2 while both work: fewer than `MOVES_PER_SERVER`, so all at once. */
const SHARE_OF_S2 = 2;

test('a stream that a server cannot capture moves to one that can; streams that work are not given to a server whose ffmpegs fail', () =>
  withHerd({ servers: 2, cameras: 2 * SHARE_OF_S2, timing: { source_timeout: '3s' } }, async (herd) => {
    const server = herd.server('s2');
    // Its own two, so that the herd is even when they are back: then none of them is moved for another reason.
    const ofS2 = (await herd.server('s1').streams()).filter(({ home }) => home === 's2').map(({ name }) => name);
    assert.is(ofS2.length, SHARE_OF_S2);
    const [refused = '', failing = ''] = ofS2;
    server.kill('SIGTERM');
    await server.ended();
    // One is refused by its camera on s2; the ffmpeg of the other fails there by itself.
    await herd.bus.put(refused, { inputs: [`${herd.cameras.url(refused)}?/refused`], capture_at: 's2' });
    await herd.whole();
    const before = herd.bus.events.length;
    const saidByS2 = (wanted: HerdEventKind) =>
      herd.bus.events.slice(before).filter(({ kind, server: by }) => kind === wanted && by === 's2');
    process.env.STREAMHERD_FFMPEG = FAILS;
    await server.start();
    delete process.env.STREAMHERD_FFMPEG;
    const unreached = await eventually(
      `s2 gives ${refused} up`,
      () => saidByS2('stream-handed-back').find(({ why }) => /no data for/.test(why)),
      { deadlineMs: 40_000 },
    );
    assert.is(unreached.stream, refused);
    await herd.whole();
    const whys = saidByS2('stream-handed-back').flatMap(({ stream, why }) => (stream === refused ? [] : [why]));
    assert.ok(whys.length > 0 && whys.every((why) => /failed again on s2/.test(why)), whys.join('\n'));
    // Each further plan would have given it the next ones.
    await herd.bus.put(failing, { inputs: [herd.cameras.url(failing)], title: 'a new plan' });
    await eventually('a plan with that title', async () => (await herd.stream(failing)).title === 'a new plan');
    await herd.whole();
    const byS2 = saidByS2('stream-claimed').map(({ stream }) => stream);
    assert.ok(
      new Set(byS2).size === byS2.length && byS2.every((name) => name !== undefined && ofS2.includes(name)),
      byS2.join(', '),
    );
    assert.is((await herd.byServer()).get('s2'), undefined);
    assert.equal(await herd.pulledTwice(), []);
  }));

test.run();
