import * as assert from 'uvu/assert';
import { serveControl } from '../../../src/nats/services/control.ts';
import { eventually } from '../../support/eventually.ts';
import { RoomWorld } from '../../support/herd-room.ts';
import { LinkedRoom } from '../../support/linked-room.ts';
import type { Fate, Question } from '../../support/memory-store.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { CAM, connect, operatorOf, said, URL, withOwner } from '../../support/operator-room.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/operating/operator');

test('a stream moves to the server that an operator names, also when another server is asked', async () => {
  await using nats = await startNatsServer({ jetstream: false });
  await using bus1 = await connect(nats, 's1');
  await using bus2 = await connect(nats, 's2');
  const world = new RoomWorld();
  await using s1 = new LinkedRoom(world, 's1');
  await using s2 = new LinkedRoom(world, 's2');
  await Promise.all([s1.stand(), s2.stand()]);
  await world.put('streams', 'cam1', URL);
  const liveOn = (server: string) => () =>
    [s1, s2].every(({ room: { herd } }) => {
      const status = herd.views.status(CAM);
      return status?.state === 'live' && status.server === server;
    });
  const from = await eventually('cam1 is live', () => ['s1', 's2'].find((server) => liveOn(server)()));
  const to = from === 's1' ? 's2' : 's1';
  const operators = { s1: operatorOf(s1, world, bus1), s2: operatorOf(s2, world, bus2) };
  serveControl(bus1, 's1', (command) => operators.s1.obey(command));
  serveControl(bus2, 's2', (command) => operators.s2.obey(command));
  await Promise.all([bus1.flush(), bus2.flush()]);

  assert.is(await said(operators[to].move(CAM, to)), `done: it is handed back to ${to}`);
  await eventually(`cam1 is live on ${to}`, liveOn(to));
  assert.is(await said(operators[from as 's1' | 's2'].move(CAM, to)), `done: ${to} has it already`);
  assert.equal(world.twice, []);
  const asked = (from === 's1' ? s1 : s2).room.herd.staleness;
  asked.begin('bus', 'a test');
  const away = '503: nothing can be handed over while the bus is away';
  assert.is(await said(operators[from as 's1' | 's2'].move(CAM, from)), away, 'by the server that is asked');
  asked.end('bus');

  assert.is(await said(operators.s1.drain('s2')), 'done: it hands its streams back');
  assert.equal(s2.sessions[0]?.told, [{ type: 'session.drain', draining: true }]);
  assert.is(await said(operators.s2.undrain('s2')), 'done: it takes streams again');
});

test('what an operator did is an event that names the operator', async () => {
  await withOwner(async ({ operator, s1 }) => {
    operator.acted({ by: 'admin (edit) from 10.0.0.9', why: 'it is to move to s2', stream: CAM });
    operator.acted({ by: 'the local socket', why: 's2 may have streams again', server: 's2' });
    const told = s1.room.events.filter(({ kind }) => kind === 'operator-acted');
    assert.equal(
      told.map(({ by, stream, subject, why }) => [by, stream ?? subject, why]),
      [
        ['admin (edit) from 10.0.0.9', 'cam1', 'it is to move to s2'],
        ['the local socket', 's2', 's2 may have streams again'],
      ],
    );
  });
});

test('a move that is not possible is refused with the reason, and the capture goes on', async () => {
  await withOwner(async ({ world, s1, operator }) => {
    const { herd } = s1.room;
    const epoch = herd.views.status(CAM)?.epoch;
    await world.server('s3', 's3-1', { state: 'draining' });
    await world.put('streams', 'cam2', { ...URL, disabled: true });
    await eventually(
      'both are known',
      () => herd.views.status(streamName('cam2')) && herd.servers.get('s3')?.state === 'draining',
    );
    const move = (stream: string, to: string) => said(operator.move(streamName(stream), to));
    assert.is(await move('cam9', 's2'), '404: there is no stream cam9');
    assert.is(await move('cam1', 's9'), '404: there is no server s9');
    assert.is(await move('cam1', 's3'), '409: s3 is draining, and takes no streams');
    assert.is(await move('cam1', 's4'), '409: s4 is down, and takes no streams');
    assert.is(await move('cam2', 's2'), '503: cam2 is captured nowhere right now');
    assert.is(
      await move('cam1', 's2'),
      '409: cam1 is pinned to s1, which is up and would get it back: change its capture_at',
    );
    await world.put('streams', 'cam1', URL);
    await eventually('it is pinned no more', () => herd.definitions.get(CAM)?.definition?.captureAt === undefined);
    herd.staleness.begin('bus', 'a test');
    assert.is(await move('cam1', 's2'), '503: nothing can be handed over while the bus is away');
    const order = { command: 'move', stream: 'cam1', to: 's2' };
    assert.is(await said(operator.obey(order)), '503: nothing can be handed over while the bus is away');
    assert.is(
      await said(operator.obey({ ...order, stream: 'cam2' })),
      '409: cam2 is not captured here right now, or is being handed back: ask again',
    );
    assert.equal([herd.views.status(CAM)?.epoch, world.captures.get('cam1')], [epoch, 's1']);
  });
});

test('an order to another server counts only by its answer', async () => {
  await withOwner(async ({ operator, bus }) => {
    assert.is(await said(operator.drain('s9')), '404: there is no server s9');
    assert.is(await said(operator.drain('s4')), '409: s4 is down');
    assert.is(await said(operator.drain('s2')), '503: s2 did not do it: no server s2 listens on the bus');
    const answers: unknown[] = [{ ok: false, status: 409, error: 's2 is busy' }, { done: 'perhaps' }];
    serveControl(bus, 's2', async () => answers.shift() ?? operator.obey({ command: 'dance' }));
    await bus.flush();
    assert.is(await said(operator.drain('s2')), '409: s2 is busy');
    assert.is(await said(operator.drain('s2')), '503: s2 answered what this version does not know: is it another one?');
    assert.is(await said(operator.drain('s2')), '503: s2 did not do it: this server does not know that command');
    await bus.close();
    assert.is(await said(operator.undrain('s2')), '503: s2 did not do it: no connection to NATS');
  });
});

test('a drain while the bus is away is taken, and says when it takes effect', async () => {
  await withOwner(async ({ operator, s1 }) => {
    s1.room.herd.staleness.begin('bus', 'a test');
    assert.is(await said(operator.drain('s1')), 'done: it hands its streams back as soon as the bus is back');
    assert.equal(s1.sessions[0]?.told, [{ type: 'session.drain', draining: true }]);
    assert.is(await said(operator.undrain('s1')), 'done: it takes streams again as soon as the bus is back');
  });
});

test('a drain that may not outlast a restart takes effect all the same, and says so', async () => {
  await withOwner(async ({ world, s1, bus }) => {
    const asked: boolean[] = [];
    const mark = {
      set: async (drained: boolean) => (asked.push(drained) > 1 ? undefined : 'its disk does not answer'),
    };
    const operator = operatorOf(s1, world, bus, mark);
    const done = 'done: it hands its streams back, but a restart may undo that: its disk does not answer';
    assert.is(await said(operator.drain('s1')), done);
    assert.is(await said(operator.undrain('s1')), 'done: it takes streams again');
    assert.equal(asked, [true, false]);
    assert.equal(
      s1.sessions[0]?.told.map((told) => 'draining' in told && told.draining),
      [true, false],
    );
  });
});

test('a definition that an operator puts is written, whatever the server had seen; a text that is none changes nothing', async () => {
  await withOwner(async ({ operator, world, s1 }) => {
    const text = async (name: string) => (await world.read('streams', name))?.text;
    const bad = await operator.putStream(streamName('cam2'), '{"url": "file:/etc/passwd", "wieght": 1}');
    assert.equal([bad.ok, !bad.ok && bad.status, !bad.ok && bad.problems?.length], [false, 400, 2]);
    assert.is(await text('cam2'), undefined);

    const earlier = JSON.stringify({ url: 'rtsp://earlier/x', applied_from: ['herd.conf'] });
    void world.memory.open('streams', 'another').update('cam2', earlier, 0);
    const put = await operator.putStream(streamName('cam2'), '{"url": "rtsp://later/x"}');
    assert.equal(put, { ok: true, why: 'it is defined', created: true });
    assert.equal(JSON.parse((await text('cam2')) ?? ''), { inputs: ['rtsp://later/x'] });

    const again = await operator.putStream(CAM, '{"url": "rtsp://later/x"}');
    assert.equal(again, { ok: true, why: 'its definition is replaced', created: false });
    assert.is(await said(operator.deleteStream(CAM)), 'done: its definition is removed');
    assert.is(await text('cam1'), null);
    assert.is(await said(operator.deleteStream(streamName('cam9'))), '404: there is no stream cam9');
    for (const [files, back] of [
      [['s1'], 'the file of s1 brings it back'],
      [['s1', 's2'], 'the files of s1, s2 bring it back'],
    ] as const) {
      await world.put('streams', 'cam3', { ...URL, applied_from: files });
      const cam3 = streamName('cam3');
      await eventually('it is known', () => s1.room.herd.definitions.get(cam3) !== undefined);
      const removed = `done: its definition is removed; ${back} at the next start or SIGHUP there`;
      assert.is(await said(operator.deleteStream(cam3)), removed);
      await eventually('it is gone', () => s1.room.herd.definitions.get(cam3) === undefined);
    }
  });
});

test('what was changed since an operator saw it is neither replaced nor removed; a removed stream may be defined anew', async () => {
  await withOwner(async ({ operator, world, s1 }) => {
    const stored = async (name: string) => world.read('streams', name);
    const seen = (await stored('cam1'))?.revision ?? 0;
    const put = (name: string, revision: number) =>
      said(operator.putStream(streamName(name), '{"url": "rtsp://mine/x"}', revision));
    await world.put('streams', 'cam1', { url: 'rtsp://rival/x' });
    const changed = '409: cam1 was changed by another client at the same time: look again';
    assert.is(await put('cam1', seen), changed);
    assert.is(await said(operator.deleteStream(CAM, seen)), changed);
    assert.match((await stored('cam1'))?.text ?? '', 'rtsp://rival/');
    assert.is(await put('cam1', 0), '409: there is a stream cam1 already');
    assert.is(await put('cam1', (await stored('cam1'))?.revision ?? 0), 'done: its definition is replaced');

    // The view does not show it yet.
    void world.memory.open('streams', 'another').update('cam7', '{"url": "rtsp://rival/x"}', 0);
    assert.is(await put('cam7', 0), '409: cam7 was changed by another client at the same time: look again');
    await eventually('it is known', () => s1.room.herd.definitions.get(streamName('cam7')) !== undefined);
    assert.is(await said(operator.deleteStream(streamName('cam7'))), 'done: its definition is removed');
    await eventually('it is gone', () => s1.room.herd.definitions.get(streamName('cam7')) === undefined);
    assert.is(await put('cam7', 0), 'done: it is defined');
  });
});

test('a change that others keep overwriting is given up; a change that the bus does not confirm is not reported as done', async () => {
  let contest = (_: Question): Fate => 'answered';
  await withOwner(
    async ({ operator, world }) => {
      const rival = world.memory.open('streams', 'rival');
      const before = (await world.read('streams', 'cam1'))?.revision ?? 0;
      let revision = before;
      const overwrite = () =>
        void rival.update('cam1', JSON.stringify({ url: `rtsp://rival/${revision}` }), revision++);
      const put = () => said(operator.putStream(CAM, '{"url": "rtsp://mine/x"}'));
      contest = (question) => {
        if (question !== 'read') overwrite();
        return 'answered';
      };
      assert.is(await put(), '409: cam1 was changed by another client at the same time: look again');
      assert.is(revision - before, 3, 'it was tried that often');
      assert.match((await world.read('streams', 'cam1'))?.text ?? '', 'rtsp://rival/');

      const unconfirmed = '503: the bus did not confirm the change of cam1: no answer to the';
      contest = (question) => {
        if (question !== 'read') overwrite();
        return question === 'read' ? 'lost' : 'answered';
      };
      assert.is(await put(), `${unconfirmed} read of cam1`);
      contest = () => 'lost';
      assert.is(await put(), `${unconfirmed} update of cam1`);
      assert.is(await said(operator.deleteStream(CAM)), `${unconfirmed} remove of cam1`);
    },
    (key, question) => (key === 'cam1' ? contest(question) : 'answered'),
  );
});

test('only a server that is down is taken off the list, and not if it has just come back', async () => {
  let comesBack = () => {};
  await withOwner(
    async ({ operator, world, s1 }) => {
      assert.is(await said(operator.removeServer('s9')), '404: there is no server s9');
      assert.is(await said(operator.removeServer('s2')), '409: s2 is up: only a server that is down can be removed');
      const expected = s1.room.herd.servers.revisionOf('s4');
      comesBack = () => void world.memory.open('servers', 'rival').update('s4', '{}', expected);
      assert.is(
        await said(operator.removeServer('s4')),
        '409: s4 was changed by another client at the same time: look again',
      );
      assert.is((await world.read('servers', 's4'))?.text, '{}');
      comesBack = () => {};
      await world.server('s4', 's4-2', { state: 'down' });
      await eventually('it is down again', () => s1.room.herd.servers.get('s4')?.session === 's4-2');
      assert.is(await said(operator.removeServer('s4')), 'done: it is off the list');
      await eventually('no server lists it', () => s1.room.herd.views.servers().every(({ name }) => name !== 's4'));
    },
    (key, question) => {
      if (key === 's4' && question === 'remove') comesBack();
      return 'answered';
    },
  );
});

test('an order that cannot be asked or applied is refused before anything is done', async () => {
  await withOwner(async ({ operator, world }) => {
    assert.match(await said(operator.apply('f', { '../x': URL }, false)), /^400: "..\/x": expected segments/);
    assert.match(
      await said(operator.apply('f', { new1: URL, cam2: { url: 7 } }, false)),
      /^400: the definition of cam2 is refused: url/,
    );
    assert.is(await said(operator.apply('f', { new1: URL }, true)), 'done: nothing was changed');
    assert.is(await world.read('streams', 'new1'), undefined);
    assert.is(await said(operator.apply('f', { new1: URL }, false)), 'done: applied');
    assert.ok(await world.read('streams', 'new1'));
  });
});

test('a server is ready while it stands, also without the bus; it says so, and why', async () => {
  await withOwner(async ({ operator, s1, bus, nats }) => {
    assert.equal(operator.ready(), { ready: true, why: 'it stands in its herd' });
    await nats.kill('SIGKILL');
    const lost = `without the bus: the connection to NATS at 127.0.0.1:${nats.port} is lost`;
    await eventually('it is away', () => operator.ready().why === `it stands in its herd ${lost}`);
    await using _other = await startNatsServer({ token: 'another', port: nats.port, jetstream: false });
    await eventually('it is refused', () => /without the bus: NATS says: .*authorization/i.test(operator.ready().why));
    s1.room.herd.staleness.begin('bus', 'a test');
    const { ready, stale } = operator.ready();
    assert.equal([ready, stale?.why], [true, 'a test']);
    s1.sessions[0]?.tell({ type: 'standing.lost', why: 'no peer vouches' });
    assert.match(operator.ready().why, /^this server has no standing in its herd without the bus: NATS says/);
    assert.is(operator.ready().ready, false);
    await bus.close();
  });
});

test.run();
