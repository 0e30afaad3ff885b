import * as assert from 'uvu/assert';
import { addressOf, placeOf } from '../../../web/address.ts';
import { filterOf, isFiltered, notesOf, queryOf, shownBy } from '../../../web/wall/wall-filter.ts';
import { suite } from '../../support/suite.ts';
import { stream } from './made-stream.ts';

const test = suite('web/wall/wall-filter');
const STREAMS = [
  stream('hall/cam1', { title: 'Main Gate' }),
  stream('hall/cam2', { state: 'stalled', server: 's02', home: 's01' }),
  stream('lobby', { state: 'stopped' }),
  stream('yard', { server: 's02', captureAt: 's03', home: 's02', unknownHome: true, input: 1, inputs: 2 }),
];
const isRecorded = ({ name }: { readonly name: string }) => (name === 'yard' ? undefined : name === 'lobby');

test('each filter alone, and all together', () => {
  const cases: readonly (readonly [search: string, names: readonly string[]])[] = [
    ['', ['hall/cam1', 'hall/cam2', 'lobby', 'yard']],
    ['?text=GATE', ['hall/cam1']],
    ['?text=stall', ['hall/cam2']],
    ['?server=s02', ['hall/cam2', 'yard']],
    ['?state=stopped', ['lobby']],
    ['?state=bad', ['hall/cam2']],
    ['?away=1', ['hall/cam2', 'yard']],
    ['?recording=yes', ['lobby']],
    ['?recording=no', ['hall/cam1', 'hall/cam2']],
    ['?recording=no&server=s01', ['hall/cam1']],
    ['?recording=perhaps&away=yes', ['hall/cam1', 'hall/cam2', 'lobby', 'yard']],
  ];
  for (const [search, names] of cases) {
    const shown = shownBy(filterOf(placeOf(search).query), STREAMS, isRecorded);
    assert.equal(
      shown.map(({ name }) => name),
      names,
      search,
    );
  }
});

test('an address is what a filter is, and back', () => {
  const filter = { text: 'a&b=c/ä', server: 's01', state: 'bad', isAway: true, recording: 'yes' } as const;
  const address = addressOf('wall', queryOf(filter));
  assert.equal(placeOf(address.slice(1)), { page: 'wall', query: { ...queryOf(filter) } });
  assert.equal(filterOf(placeOf(address.slice(1)).query), filter);
  assert.is(addressOf('wall', queryOf(filterOf({}))), '/');
  assert.equal([isFiltered(filter), isFiltered(filterOf({}))], [true, false]);
});

test('an address names its page; a stream alone names its own, and what is no page is the wall', () => {
  assert.equal(placeOf('?stream=hall%2Fcam1&at=5'), { page: 'stream', query: { stream: 'hall/cam1', at: '5' } });
  assert.is(placeOf('?page=events&stream=cam1').page, 'events');
  assert.is(placeOf('?page=__proto__').page, 'wall');
  assert.is(addressOf('events', { kind: 'bus', text: '' }), '/?page=events&kind=bus');
});

test('what a stream deviates from is said', () => {
  assert.equal(STREAMS.map(notesOf), [
    [],
    ['away from its home s01'],
    [],
    ['capture_at names s03: no such server is known', 'on input 2 of 2'],
  ]);
});

test.run();
