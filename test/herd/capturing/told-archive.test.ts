import * as assert from 'uvu/assert';
import type { RecordingRule } from '../../../src/archive/archive-messages.ts';
import type { HerdServer, StreamHome } from '../../../src/archive/herd-homes.ts';
import { ToldArchive } from '../../../src/herd/capturing/told-archive.ts';
import { Definitions } from '../../../src/herd/view/definitions.ts';
import { serverRecord } from '../../support/herd-room.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/capturing/told-archive');

const CAM = streamName('cam1');

function world() {
  const definitions = new Definitions();
  const homes = new Map<string, string>();
  const owners = new Map<string, string>();
  const told: unknown[] = [];
  const servers: HerdServer[] = [];
  const records = [
    serverRecord('s1', 's1-1'),
    serverRecord('s2', 's2-1', { state: 'down', downSince: '1970-01-01T00:00:07Z' }),
  ];
  const archive = {
    setRule: (stream: string, rule: RecordingRule | null) => void told.push(['rule', stream, rule?.home ?? null]),
    setHome: (stream: string, home: StreamHome | null) =>
      void told.push(['home', stream, home && [home.home, home.captureAt, home.owner]]),
    setServers: (all: readonly HerdServer[]) => void servers.splice(0, servers.length, ...all),
    segmentClosed: () => {},
    captureEnded: () => {},
  };
  const toldArchive = new ToldArchive({
    ...{ archive, definitions, server: 's1', segmentMs: 2000, home: (name) => homes.get(name) },
    owner: (name) => owners.get(name),
    servers: { records: () => records.values(), removed: new Set(['s3']) },
  });
  let revision = 0;
  const define = (value: object | null) =>
    definitions.take({
      key: CAM,
      revision: ++revision,
      text: value === null ? null : JSON.stringify({ url: 'test:', ...value }),
    });
  const news = () => {
    toldArchive.streamChanged(CAM);
    return told.splice(0);
  };
  return { define, homes, owners, news, servers, toldArchive };
}

test('the archive is told the home and the owner of each stream, and records it for that home; nothing is told twice', () => {
  const { define, homes, owners, news } = world();
  assert.equal(news(), []);
  define({ dvr: { keep: '7d' } });
  assert.equal(news().at(-1), ['rule', 'cam1', 's1'], 'no server has claimed it yet');
  homes.set(CAM, 's2');
  assert.equal(news(), [
    ['home', 'cam1', ['s2', undefined, undefined]],
    ['rule', 'cam1', 's2'],
  ]);
  assert.equal(news(), []);
  owners.set(CAM, 's1');
  assert.equal(news(), [['home', 'cam1', ['s2', undefined, 's1']]], 'it is recorded as before');
  define({});
  assert.equal(news().at(-1), ['rule', 'cam1', null]);
  homes.set(CAM, 's1');
  assert.equal(news()[0], ['home', 'cam1', ['s1', undefined, 's1']], 'also of a stream that is not recorded');
  homes.set(CAM, 's3');
  define({ capture_at: 's3' });
  assert.equal(news()[0], ['home', 'cam1', ['s3', 's3', 's1']]);
  define(null);
  assert.equal(news(), [
    ['home', 'cam1', null],
    ['rule', 'cam1', null],
  ]);
});

test('the archive is told of all servers, with those that are down and those that were removed', () => {
  const { servers, toldArchive } = world();
  toldArchive.serversChanged();
  assert.equal(
    servers.map(({ server, state, awaySinceMs }) => [server, state, awaySinceMs]),
    [
      ['s1', 'up', undefined],
      ['s2', 'down', 7000],
      ['s3', 'removed', undefined],
    ],
  );
});

test.run();
