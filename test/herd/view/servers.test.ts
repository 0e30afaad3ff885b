import * as assert from 'uvu/assert';
import { serverRecordText } from '../../../src/domain/records/server-record.ts';
import { Servers } from '../../../src/herd/view/servers.ts';
import { serverRecord } from '../../support/herd-room.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/view/servers');

test('the roster changes with sessions, states and addresses, and not with renewals', () => {
  const servers = new Servers();
  let revision = 0;
  const take = (server: string, session: string, more: object = {}) =>
    servers.take({ key: server, revision: ++revision, text: serverRecordText(serverRecord(server, session, more)) }, 0);
  assert.ok(take('s2', 'b'));
  assert.ok(take('s1', 'a'));
  assert.not(take('s1', 'a', { renewal: 2 }));
  assert.ok(take('s1', 'a', { publicUrl: 'http://elsewhere' }));
  assert.equal(
    servers.members().map(({ server }) => server),
    ['s1', 's2'],
  );
  const cannotStore = 'its disk is full';
  assert.ok(take('s1', 'a', { cannotStore }));
  assert.equal(
    servers.members().map((member) => member.cannotStore),
    [cannotStore, undefined],
  );
  assert.ok(take('s1', 'a', { state: 'draining' }));
  assert.ok(servers.isLive('a'));
  const live = () => servers.live().map(({ session }) => session);
  assert.equal(live(), ['b', 'a']);
  assert.ok(take('s1', 'a', { state: 'down' }));
  assert.not(servers.isLive('a'));
  assert.equal(live(), ['b'], 'the other record is known, and its session is not on the roster');
  assert.equal(
    servers.members().map(({ session }) => session),
    ['b'],
  );
  assert.is(servers.get('s1')?.state, 'down', 'it is still known');
  assert.ok(servers.take({ key: 's1', revision: ++revision, text: null }, 0));
  assert.is(servers.revisionOf('s1'), revision);
  assert.not(servers.take({ key: 's1', revision: ++revision, text: 'rubbish' }, 0));
  servers.filled(revision, 0);
  assert.ok(servers.hasEnded('a', 2));
  assert.not(servers.hasEnded('a', revision + 1), 'the view is too old to tell');
  assert.not(servers.hasEnded('b', 1));
});

test('the session is told every revision when the roster shows it, the end of a fill, and a loss before the roster is forgotten', () => {
  const servers = new Servers();
  const told: string[] = [];
  const say = (what: string) =>
    told.push(`${what}: ${[...servers.roster.entries].map(({ record }) => record.session)}`);
  const end = servers.follow({
    seen: ({ server, revision, change }) => say(`${server} ${revision} ${change === undefined ? 'is as before' : ''}`),
    current: () => say('all'),
    lost: (why) => say(why),
  });
  const text = serverRecordText(serverRecord('s1', 'a'));
  servers.take({ key: 's1', revision: 1, text }, 0);
  servers.take({ key: 's1', revision: 1, text }, 0);
  servers.filled(1, 0);
  assert.ok(servers.roster.current);
  servers.lagging();
  assert.not(servers.roster.current);
  servers.lost('gone');
  assert.equal([...servers.roster.entries], []);
  end();
  servers.filled(2, 0);
  assert.equal(told, ['s1 1 : a', 'all: a', 'gone: a']);
});

test.run();
