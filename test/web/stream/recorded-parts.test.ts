import * as assert from 'uvu/assert';
import { exportLeaf, fileName, progressText, shareDone } from '../../../web/stream/download.ts';
import { partAt, partsOf, recordersOf } from '../../../web/stream/recorded-parts.ts';
import { bytesText } from '../../../web/words/amount.ts';
import { suite } from '../../support/suite.ts';

const test = suite('web/stream/recorded-parts');
const STATUS = {
  stream: 'cam1',
  ranges: [
    { from: 100, duration: 50, server: 's02', home: 's01', epoch: 1 },
    { from: 160, duration: 40, server: 's01', home: 's01', epoch: 2 },
  ],
  gaps: [{ from: 150, duration: 10, why: 'no data for 10 s' }],
  unavailable: [{ from: 80, duration: 20, server: 's03' }],
  locks: [{ from: 170, duration: 5, id: 'abc', note: 'the accident' }],
};

test('what is recorded, missing, away and protected, as far as it is in the window', () => {
  const parts = partsOf(STATUS, { fromS: 0, untilS: 1000 });
  assert.equal(
    parts.map(({ kind, fromS, untilS, says }) => `${kind} ${fromS}-${untilS} ${says}`),
    [
      'recorded 100-150 recorded by s02, for its home s01',
      'recorded 160-200 recorded by s01',
      'gap 150-160 not recorded: no data for 10 s',
      'away 80-100 recorded on s03, which does not answer',
      'kept 170-175 protected: the accident',
    ],
  );
  assert.equal(
    partsOf(STATUS, { fromS: 155, untilS: 160 }).map(({ kind }) => kind),
    ['gap'],
  );
  assert.equal(recordersOf(STATUS), ['s01', 's02']);
  assert.is(partAt(parts, 172)?.kind, 'kept');
  assert.is(partAt(parts, 150)?.kind, 'gap');
  assert.is(partAt(parts, 200), undefined);
});

test('an export is whole seconds around the marks, with a name that every file system takes', () => {
  const wish = { fromS: 1_795_327_200.7, untilS: 1_795_327_260.2, format: 'mp4' } as const;
  assert.is(exportLeaf(wish, 'ts'), 'archive-1795327200-61.ts');
  assert.is(exportLeaf({ fromS: 5, untilS: 5 }, 'mp4'), 'archive-5-1.mp4');
  assert.match(fileName('hall/cam1', wish), /^hall_cam1-2026-11-22T\d\d-\d\d-\d\dZ\.mp4$/);
});

test('progress never claims to be at the end, and says what is not known', () => {
  assert.is(shareDone({ bytes: 500, allBytes: 1000 }), 0.5);
  assert.is(shareDone({ bytes: 2000, allBytes: 1000 }), 0.99);
  assert.equal(
    [shareDone({ bytes: 1, allBytes: undefined }), shareDone({ bytes: 1, allBytes: 0 })],
    [undefined, undefined],
  );
  assert.is(progressText({ bytes: 250_000, allBytes: 1e6 }, bytesText), '250 kB of about 1.0 MB, 25 %');
  assert.is(progressText({ bytes: 10, allBytes: undefined }, bytesText), '10 B');
});

test.run();
