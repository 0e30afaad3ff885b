import * as assert from 'uvu/assert';
import type { Plan } from '../../../src/domain/placement/placement.ts';
import type { StreamPlace } from '../../../src/domain/redirect.ts';
import { Places } from '../../../src/herd/view/places.ts';
import { serverRecord } from '../../support/herd-room.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/view/places');

const [CAM1, CAM2] = [streamName('cam1'), streamName('cam2')];

/** A plan that has these streams nowhere. */
function planOf(nowhere: Record<string, string>): Plan {
  const list = Object.entries(nowhere).map(([stream, why]) => ({ stream, why }));
  return { target: new Map(), moves: [], nowhere: list, loads: new Map() };
}

function world() {
  const told: string[] = [];
  const known = new Map<string, StreamPlace>([['cam1', { at: 'here', epoch: 1 }]]);
  const places = new Places({
    place: (name) => known.get(name),
    media: {
      setStream: (stream) => told.push(`media: ${stream}`),
      removeStream: (stream) => told.push(`media without ${stream}`),
      setServers: (servers) => told.push(`media: ${servers.map(({ name }) => name).join()}`),
      addSegment: () => true,
    },
    followers: {
      streamChanged: (name) => told.push(name),
      serversChanged: () => told.push('servers'),
      rosterChanged: (records) => told.push(`beats: ${records.map(({ server }) => server).join()}`),
    },
  });
  const said = () => told.splice(0);
  return { places, said };
}

test('a stream is shown at its place, and taken away when it is no longer defined', () => {
  const { places, said } = world();
  places.streamChanged(CAM1);
  places.streamChanged(CAM2);
  assert.equal(said(), ['media: cam1', 'cam1', 'media without cam2', 'cam2']);
});

test('a plan shows the servers again, because a rest may be over, and the streams whose reason to be nowhere changed', () => {
  const { places, said } = world();
  places.planned(planOf({ cam1: 'all are full' }));
  assert.equal(said(), ['servers', 'media: cam1', 'cam1']);
  assert.is(places.whyNowhere(CAM1), 'all are full');
  places.planned(planOf({ cam1: 'all are full' }));
  assert.equal(said(), ['servers']);
  places.planned(planOf({}));
  assert.equal(said(), ['servers', 'media: cam1', 'cam1']);
  assert.is(places.whyNowhere(CAM1), undefined);
});

test('the media worker is told which servers are there', () => {
  const { places, said } = world();
  const draining = serverRecord('s2', 's2-1', { state: 'draining' });
  places.rosterChanged([serverRecord('s1', 's1-1'), draining]);
  assert.equal(said(), ['servers', 'beats: s1,s2', 'media: s1,s2']);
});

test.run();
