import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import type { FromDesk, SegmentPlace, SegmentQuestion, ToDesk } from '../../../src/archive/archive-calls.ts';
import { ArchiveClient } from '../../../src/archive/archive-client.ts';
import { segmentHash } from '../../../src/archive/pack/pack-reading.ts';
import { ArchivedSegments } from '../../../src/http/media/archived-segments.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('http/media/archived-segments');

/** An archive that knows where some segments are, by their numbers. */
function archive(places: ReadonlyMap<number, SegmentPlace>): { client: ArchiveClient; asked: string[] } & Disposable {
  const { port1, port2 } = new MessageChannel();
  const client = new ArchiveClient();
  client.connect(port1);
  const asked: string[] = [];
  port2.on('message', ({ id, call, question }: ToDesk) => {
    // All that is asked here is asked of one segment.
    const { number } = question as SegmentQuestion;
    asked.push(`${call} ${number}`);
    port2.postMessage({ type: 'answer', id, answer: places.get(number) } satisfies FromDesk);
  });
  return { client, asked, [Symbol.dispose]: () => port2.close() };
}

test('the bytes of a segment are read out of its pack, once for all who ask at a time, and kept for a while', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, '5-900-1795327200000.ts');
  await writeFile(file, Buffer.from('the first.the second.the third.'));
  using own = archive(new Map([[901, { root: folder.path, file, at: 10, bytes: 11 }]]));
  const segments = new ArchivedSegments(own.client);
  const read = () => segments.read('cam01', { epoch: 5, number: 901 });
  const all = await Promise.all([read(), read(), read()]);
  assert.equal(
    all.map((bytes) => bytes?.toString()),
    ['the second.', 'the second.', 'the second.'],
  );
  assert.is(all[0], all[2], 'one read');
  await rm(file);
  assert.is((await read())?.toString(), 'the second.');
});

test('what is not there, not whole, or asked of an archive that does not run is nothing', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, '5-900-1795327200000.ts');
  await writeFile(file, Buffer.from('short'));
  const gone = { root: folder.path, file: join(folder.path, 'gone.ts'), at: 0, bytes: 5 };
  using own = archive(
    new Map([
      [901, { root: folder.path, file, at: 2, bytes: 11 }],
      [902, gone],
    ]),
  );
  const segments = new ArchivedSegments(own.client);
  for (const number of [900, 901, 902]) assert.is(await segments.read('cam01', { epoch: 5, number }), undefined);
  assert.equal(own.asked, ['locate 900', 'locate 901', 'locate 902']);
  const none = new ArchivedSegments(new ArchiveClient());
  assert.is(await none.read('cam01', { epoch: 5, number: 900 }), undefined);
});

test('bytes that are not those that were recorded are not given out, and the archive is told', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, '5-900-1795327200000.ts');
  await writeFile(file, Buffer.from('the first.the wrong..the third.'));
  const sha256 = segmentHash(Buffer.from('the second.'));
  using own = archive(new Map([[901, { root: folder.path, file, at: 10, bytes: 11, sha256 }]]));
  const segments = new ArchivedSegments(own.client);
  assert.is(await segments.read('cam01', { epoch: 5, number: 901 }), undefined);
  await eventually('the archive is told', () => own.asked.includes('suspect 901'));
});

test.run();
