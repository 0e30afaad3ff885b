import * as assert from 'uvu/assert';
import { groupsOf, prefixOf } from '../../../web/wall/stream-groups.ts';
import { boxOf, layoutOf, stepFrom, visibleGroups } from '../../../web/wall/wall-layout.ts';
import { suite } from '../../support/suite.ts';
import { stream } from './made-stream.ts';

const test = suite('web/wall/wall-layout');
const SIZE = { widthPx: 430, leastTilePx: 200, gapPx: 10, headPx: 40, textPx: 50 };
/** Five streams of "a" and two of "b": rows of two. */
const GROUPS = groupsOf(['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2'].map((name) => stream(name)));
const LAYOUT = layoutOf(GROUPS, SIZE);

test('groups are named by what stands before the last slash, a sign or a number, and what is alone comes last', () => {
  assert.equal(['hall/cam1', 'x/y/z', 'gate-north', 'cam01', 'lobby', '7up'].map(prefixOf), [
    'hall',
    'x/y',
    'gate',
    'cam',
    '',
    '',
  ]);
  const names = ['lobby', 'cam1', 'cam2', 'gate-north'];
  const groups = groupsOf(names.map((name) => stream(name)));
  assert.equal(
    groups.map(({ prefix, streams }) => [prefix, ...streams.map(({ name }) => name)]),
    [
      ['cam', 'cam1', 'cam2'],
      ['', 'lobby', 'gate-north'],
    ],
  );
});

test('tiles fill the width, each group begins a row, and the height is that of all', () => {
  const { columns, tileWidthPx, tileHeightPx, rowPx, heightPx, count } = LAYOUT;
  assert.equal({ columns, tileWidthPx, count }, { columns: 2, tileWidthPx: 210, count: 7 });
  assert.is(tileHeightPx, Math.round((210 * 9) / 16) + 50);
  assert.equal(boxOf(LAYOUT, 0), { leftPx: 0, topPx: 40 });
  assert.equal(boxOf(LAYOUT, 3), { leftPx: 220, topPx: 40 + rowPx });
  assert.equal(boxOf(LAYOUT, 5), { leftPx: 0, topPx: 80 + 3 * rowPx });
  assert.is(heightPx, 80 + 4 * rowPx);
  assert.is(layoutOf(GROUPS, { ...SIZE, widthPx: 0 }).columns, 1, 'a page that has no width yet');
});

test('only the rows between two heights are shown, and none twice', () => {
  const { rowPx, heightPx } = LAYOUT;
  const shown = (from: number, until: number) =>
    visibleGroups(LAYOUT, from, until).flatMap(({ first, from: begin, to }) =>
      Array.from({ length: to - begin }, (_, at) => first + begin + at),
    );
  assert.equal(shown(0, heightPx), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(shown(40 + rowPx, 40 + 2 * rowPx), [2, 3]);
  assert.equal(shown(40 + rowPx - 1, 40 + rowPx + 1), [0, 1, 2, 3]);
  assert.equal(shown(-500, -1), []);
  assert.equal(shown(heightPx + 1, heightPx + 500), []);
  for (let top = -50; top < heightPx + 50; top += 7) {
    const indexes = shown(top, top + 300);
    assert.equal(
      indexes,
      [...new Set(indexes)].sort((a, b) => a - b),
    );
    for (let index = 0; index < 7; index += 1) {
      const box = boxOf(LAYOUT, index);
      const isSeen = box.topPx < top + 300 && box.topPx + LAYOUT.tileHeightPx > top;
      if (isSeen) assert.ok(indexes.includes(index), `${index} at ${top}`);
    }
  }
});

test('arrow keys go by rows and columns, also from one group into the next, and stop at the ends', () => {
  const cases: readonly (readonly [from: number, key: string, to: number | undefined])[] = [
    [0, 'ArrowRight', 1],
    [0, 'ArrowLeft', 0],
    [6, 'ArrowRight', 6],
    [1, 'ArrowDown', 3],
    [3, 'ArrowDown', 4],
    [4, 'ArrowDown', 5],
    [6, 'ArrowUp', 4],
    [5, 'ArrowUp', 4],
    [0, 'ArrowUp', 0],
    [6, 'ArrowDown', 6],
    [0, 'PageDown', 5],
    [6, 'PageUp', 0],
    [3, 'Home', 0],
    [3, 'End', 6],
    [3, 'a', undefined],
  ];
  for (const [from, key, to] of cases) assert.is(stepFrom(LAYOUT, from, key), to, `${key} from ${from}`);
  assert.is(stepFrom(layoutOf([], SIZE), 0, 'End'), undefined);
});

test.run();
