import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseIndex } from '../../../../src/archive/pack/pack-index.ts';
import { homeIndex } from '../../../../src/archive/returning/one-pack/home-index.ts';
import { damage, damaged } from '../../../support/archive/damage.ts';
import { owedPack } from '../../../support/archive/return-room.ts';
import '../../../support/fixed-seed.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('archive/returning/one-pack/home-index');

test('the index of the home says the same as that of the holder, but for its home', async () => {
  const { index, debt } = await owedPack();
  const read = homeIndex(index, debt, 's02');
  assert.ok(read.ok);
  const [before, after] = [parseIndex(index), parseIndex(read.text)];
  assert.equal(after.entries, before.entries);
  assert.equal(after.gaps, before.gaps);
  assert.equal(after.header, { ...before.header, home: 's02' });
  assert.equal(after.closing, { ...before.closing, home: 's02' });
  assert.equal(after.problems, []);
  assert.equal([read.facts.bytes, read.facts.lastNumber, read.facts.home], [debt.bytes, debt.lastNumber, 's02']);
  const third = homeIndex(index, debt, 's03');
  assert.ok(third.ok && !third.isAsWritten);
});

test('an index of another pack or of other bytes, without an end, or of a later version is refused', async () => {
  const { index, debt } = await owedPack();
  const refused = (text: string, wanted = debt) => {
    const read = homeIndex(text, wanted, 's02');
    return read.ok ? 'taken' : read.why;
  };
  assert.match(refused(index, { ...debt, stream: 'cam02' }), /of another pack/);
  assert.match(refused(index, { ...debt, epoch: 18 }), /of another pack/);
  assert.match(refused(index, { ...debt, bytes: 5 }), /other bytes/);
  assert.match(refused(index.slice(0, index.indexOf('#EXT-X-ENDLIST'))), /it has no end/);
  assert.match(refused(''), /damaged/);
});

test('whatever happens to the index on its way, it is refused, or says nothing that the recorder did not write', async () => {
  const { index, debt } = await owedPack();
  const entries = parseIndex(index).entries.map((entry) => JSON.stringify(entry));
  fc.assert(
    fc.property(damage, (what) => {
      const read = homeIndex(damaged(Buffer.from(index), what).toString('utf8'), debt, 's02');
      if (!read.ok) return;
      for (const entry of parseIndex(read.text).entries) assert.ok(entries.includes(JSON.stringify(entry)));
      assert.is(parseIndex(read.text).closing?.sha256, debt.sha256);
    }),
  );
});

test.run();
