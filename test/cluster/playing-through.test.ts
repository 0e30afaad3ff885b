import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { type Player, startPlayer } from '../support/player.ts';
import { suite } from '../support/suite.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = suite('cluster/playing-through', { deadlineMs: 140_000 });

async function playsOn(player: Player, seconds: number): Promise<void> {
  const from = player.playedS;
  await eventually(
    `${seconds} s more are played`,
    () => {
      if (!player.isRunning) return 'ended';
      return player.playedS >= from + seconds;
    },
    { deadlineMs: 30_000 },
  );
  assert.ok(player.isRunning, player.log);
}

async function livesOn(herd: TestHerd, stream: string, isRight: (server: string) => boolean): Promise<void> {
  await eventually(
    `${stream} has moved`,
    async () => {
      const { server, state } = await herd.stream(stream);
      return state === 'live' && server !== undefined && isRight(server);
    },
    { deadlineMs: 30_000 },
  );
}

test('a player that came by a server that stays plays on through the loss of the owner, and through the hand-back', () =>
  withHerd({ cameras: 3, captureAt: { cam1: 's2' } }, async (herd) => {
    const [entry, owner] = [herd.server('s1'), herd.server('s2')];
    const redirect = await fetch(`${entry.url}/cam1/index.m3u8`, { redirect: 'manual' });
    assert.is(redirect.status, 302);
    assert.match(redirect.headers.get('location') ?? '', owner.url);

    await using player = startPlayer(`${entry.url}/cam1/index.m3u8`);
    await playsOn(player, 3);
    await owner.losePower();
    await livesOn(herd, 'cam1', (server) => server !== 's2');
    await playsOn(player, 6);
    await owner.start();
    await livesOn(herd, 'cam1', (server) => server === 's2');
    await playsOn(player, 6);
    assert.equal(await herd.pulledTwice(), []);
  }));

test.run();
