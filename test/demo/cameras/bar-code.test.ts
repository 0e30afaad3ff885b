import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { BAR_CODE, drawnBarCode, readBarCode } from '../../../src/demo/cameras/bar-code.ts';
import { suite } from '../../support/suite.ts';

const test = suite('demo/cameras/bar-code');

const [WIDTH, HEIGHT] = [BAR_CODE.bits * BAR_CODE.squarePx, 2 * BAR_CODE.squarePx];
const PICTURES = 300;

test('what ffmpeg draws is read back as the number of each picture', async () => {
  const source = `color=gray:s=${WIDTH}x${HEIGHT}:r=25`;
  const grey = ['-frames:v', String(PICTURES), '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'];
  const args = ['-v', 'error', '-nostdin', '-f', 'lavfi', '-i', source, '-vf', drawnBarCode().join(','), ...grey];
  const { stdout } = await execa('ffmpeg', args, { encoding: 'buffer', maxBuffer: 2 * PICTURES * WIDTH * HEIGHT });
  const numbers = Array.from({ length: PICTURES }, (_, picture) =>
    readBarCode((column, row) => {
      const [x, y] = [(column + 0.5) * BAR_CODE.squarePx, (row + 0.5) * BAR_CODE.squarePx];
      return stdout[picture * WIDTH * HEIGHT + y * WIDTH + x] ?? 0;
    }),
  );
  assert.equal(
    numbers,
    Array.from({ length: PICTURES }, (_, picture) => picture),
  );
});

test('where there is no bar code, none is read', () => {
  assert.is(
    readBarCode(() => 128),
    undefined,
  );
  assert.is(
    readBarCode((column, row) => (column === 7 ? 128 : 255 * row)),
    undefined,
    'also if one square is not clear',
  );
  assert.is(
    readBarCode((_, row) => 255 * (1 - row)),
    2 ** BAR_CODE.bits - 1,
  );
});

test.run();
