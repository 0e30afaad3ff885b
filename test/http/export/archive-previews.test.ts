import * as assert from 'uvu/assert';
import { get, herdOf, only, pack, START_S } from '../../support/archive/exported-herd.ts';
import { eventually } from '../../support/eventually.ts';
import { probed } from '../../support/segments.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('http/export/archive-previews', { deadlineMs: 60_000 });

test('a preview is the last key frame up to the time; it is kept, and never changes later', async () => {
  await using folder = await tempFolder();
  const one = await pack(folder.path, { epoch: 5, atS: 0, seconds: 4 });
  const two = await pack(folder.path, { epoch: 6, atS: 30, seconds: 2, video: 'hevc' });
  await using herd = await herdOf({ s01: [], s02: [one.pack, two.pack] });
  const [server, holder] = herd.servers;
  assert.ok(server && holder);
  const at = async (seconds: number, ending = 'jpg') => {
    const { status, headers, body } = await get(server, `${START_S + seconds}-preview.${ending}`);
    assert.is(status, 200, body.toString());
    const isKept = headers.get('cache-control')?.includes('immutable');
    return { atS: Number(headers.get('streamherd-time')) - START_S, isKept, tag: headers.get('etag'), body };
  };
  const seen = [];
  for (const seconds of [0, 0.5, 1, 2.9, 3.5, 20, 31, 9000]) {
    const { atS, isKept, tag, body } = await at(seconds);
    assert.equal([...body.subarray(0, 2)], [0xff, 0xd8]);
    seen.push(`${seconds}: ${atS} ${tag} ${isKept}`);
  }
  assert.equal(seen, [
    '0: 0 "5-5000-0" true',
    '0.5: 0 "5-5000-0" true',
    '1: 1 "5-5000-1" true',
    '2.9: 2 "5-5001-0" true',
    '3.5: 3 "5-5001-1" true',
    '20: 3 "5-5001-1" false',
    '31: 31 "6-6000-1" true',
    '9000: 31 "6-6000-1" false',
  ]);
  assert.is(holder.requests.filter((target) => target.endsWith('.ts')).length, 3, 'each segment is fetched once');
  const again = await get(server, `${START_S}-preview.jpg`, { headers: { 'If-None-Match': '"5-5000-0"' } });
  assert.equal([again.status, again.body.length], [304, 0]);
  const { streams } = await probed((await at(31, 'mp4')).body, 'mp4');
  assert.equal(streams, ['hevc hvc1']);
});

test('two previews are made at once; a third one waits, and its client is told to ask again', async () => {
  await using folder = await tempFolder();
  const { pack: made } = await pack(folder.path, { epoch: 5, atS: 0, seconds: 6 });
  const making: (() => void)[] = [];
  async function* held() {
    await new Promise<void>((resolve) => making.push(resolve));
    yield Buffer.from('a clip');
  }
  await using herd = await herdOf({ s01: [made] }, { mp4Of: held });
  const clip = (seconds: number) => get(only(herd.servers), `${START_S + seconds}-preview.mp4`);
  const two = [clip(0), clip(2)];
  await eventually('two are being made', () => making.length === 2);
  const third = await clip(4);
  assert.equal([third.status, third.headers.get('retry-after')], [503, '1']);
  for (const finish of making.splice(0)) finish();
  for (const { status, body } of await Promise.all(two)) assert.equal([status, body.toString()], [200, 'a clip']);
  const again = clip(4);
  await eventually('it has a place', () => making.length === 1);
  making[0]?.();
  assert.is((await again).status, 200);
});

test.run();
