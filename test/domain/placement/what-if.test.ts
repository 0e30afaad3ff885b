import * as assert from 'uvu/assert';
import { whatIfAnswer } from '../../../src/domain/placement/what-if.ts';
import { servers, streams, view } from '../../support/herd-view.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/what-if');

const owners = new Map([
  ['cam1', 's01'],
  ['cam2', 's02'],
  ['cam3', 's02'],
]);

test('every server with its streams before and after, every move with why', () => {
  const answer = whatIfAnswer(view({ servers: servers(3), streams: streams(3), owners }), 's02');
  assert.equal(answer.servers, [
    { name: 's01', before: 1, after: 1 },
    { name: 's02', before: 2, after: 0 },
    { name: 's03', before: 0, after: 2 },
  ]);
  assert.equal(
    answer.moves.map(({ stream, from, to }) => `${stream} ${from} ${to}`),
    ['cam2 s02 s03', 'cam3 s02 s03'],
  );
  assert.match(answer.moves[0]?.why ?? '', /^s03 is furthest below its share/);
  assert.equal(answer.nowhere, []);
});

test('a stream that no server could take is nowhere, and is no move', () => {
  const answer = whatIfAnswer(view({ servers: servers(1), streams: streams(1), owners }), 's01');
  assert.equal([answer.moves, answer.servers], [[], [{ name: 's01', before: 1, after: 0 }]]);
  assert.equal(answer.nowhere, [{ stream: 'cam1', why: 'there is no server that may take it' }]);
});

test.run();
