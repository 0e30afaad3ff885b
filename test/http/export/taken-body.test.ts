import * as assert from 'uvu/assert';
import { ExtractPlaces } from '../../../src/http/export/extract-places.ts';
import { takenBody } from '../../../src/http/export/taken-body.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/export/taken-body');

function made(stallMs?: number) {
  const state = { made: 0, isLetGo: false, releases: 0 };
  const abort = new AbortController();
  async function* pieces() {
    try {
      for (;;) {
        state.made += 1;
        yield Buffer.from([state.made]);
      }
    } finally {
      state.isLetGo = true;
    }
  }
  const release = () => {
    state.releases += 1;
  };
  const body = takenBody(pieces(), { abort, release, ...(stallMs !== undefined && { stallMs }) });
  return { state, abort, reader: body.getReader() };
}

test('a piece is made when it is asked for, and not before', async () => {
  const { state, reader } = made();
  assert.is(state.made, 0);
  await reader.read();
  await reader.read();
  assert.is(state.made, 2);
  await reader.cancel();
  assert.equal(state, { made: 2, isLetGo: true, releases: 1 });
});

test('a client that does not read is given up, so that others get its place', async () => {
  const { state, abort, reader } = made(20);
  await reader.read();
  await eventually('it is given up', () => state.releases === 1);
  assert.equal([state.isLetGo, abort.signal.aborted], [true, true]);
  const read = await reader.read().then(
    () => 'more',
    ({ message }: Error) => message,
  );
  assert.match(read, /has taken nothing for 0.02 s/);
});

test('places are given back once, and a client that waits in vain or leaves takes none', async () => {
  const places = new ExtractPlaces(1, 50);
  const never = new AbortController().signal;
  const release = await places.take(never);
  assert.is(await places.take(never), undefined);
  const leaving = new AbortController();
  const waiting = places.take(leaving.signal).catch(({ message }: Error) => message);
  leaving.abort(new Error('its client has left'));
  assert.is(await waiting, 'its client has left');
  const next = places.take(never);
  release?.();
  release?.();
  const second = await next;
  assert.type(second, 'function');
  assert.is(await places.take(never), undefined, 'the second release gave back nothing');
  second?.();
  assert.type(await places.take(never), 'function');
});

test.run();
