import * as assert from 'uvu/assert';
import { Owners } from '../../../src/herd/view/owners.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/view/owners');

const owned = (session: string) =>
  JSON.stringify({ server: 's1', session, rosterRevision: 1, since: '', why: 'a test' });

test('the streams of each session follow their keys', () => {
  const owners = new Owners();
  const cam1 = streamName('cam1');
  assert.is(owners.take({ key: 'cam1', revision: 1, text: owned('a') }), cam1);
  owners.take({ key: 'x/..=2E', revision: 2, text: owned('a') });
  assert.equal([...owners.streamsOf('a')], ['cam1']);
  assert.is(owners.take({ key: 'cam1', revision: 1, text: owned('b') }), undefined, 'an old entry');
  owners.take({ key: 'cam1', revision: 3, text: owned('b') });
  assert.equal([[...owners.streamsOf('a')], [...owners.streamsOf('b')]], [[], ['cam1']]);
  owners.take({ key: 'cam1', revision: 4, text: 'rubbish' });
  assert.equal([owners.get(cam1), [...owners.streamsOf('b')]], [{ revision: 4, record: undefined }, []]);
  assert.equal(owners.clear(), ['cam1']);
  assert.is(owners.get(cam1).revision, 0);
});

test.run();
