import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { newestNumber } from '../../../src/media/playlist.ts';
import { makeClip } from '../../support/clip.ts';
import { readList, startTestMedia, uris } from '../../support/media.ts';
import { sideBySide } from '../../support/side-by-side.ts';

const test = sideBySide('http/media/poll', { deadlineMs: 20_000, atOnce: 3 });

const [clip = Buffer.alloc(0)] = await makeClip({ seconds: 1 });

test('the media playlist is 200 on every server, and goes on through an owner change without going back', async () => {
  await using a = await startTestMedia('a');
  await using b = await startTestMedia('b');
  await using c = await startTestMedia('c');
  await a.place('cam', { at: 'here', epoch: 1 });
  await b.place('cam', a.elsewhere(1));
  await c.place('cam', a.elsewhere(1));
  await a.close('cam', 1, 50, clip);
  await a.close('cam', 1, 51, clip);

  const before = await readList(`${c.url}/cam/video.m3u8`);
  assert.equal(uris(before), [`${a.url}/cam/1-50.ts`, `${a.url}/cam/1-51.ts`]);

  await c.place('cam', { at: 'nowhere', why: 'a died' });
  const held = readList(`${c.url}/cam/video.m3u8`);
  await b.place('cam', { at: 'here', epoch: 2 });
  await c.place('cam', b.elsewhere(2));
  await b.close('cam', 2, 60, clip);
  const after = await held;
  assert.equal(uris(after), [`${b.url}/cam/2-60.ts`]);
  assert.ok(after.firstNumber > newestNumber(before));
  assert.ok(after.discontinuitySequence >= before.discontinuitySequence);
  assert.is(after.segments[0]?.discontinuity, true);
});

test('a poll that waits for a frozen owner is answered by the next owner', async () => {
  await using b = await startTestMedia('b');
  await using c = await startTestMedia('c');
  const owner = createServer().listen(0, '127.0.0.1');
  await once(owner, 'listening');
  const url = `http://127.0.0.1:${(owner.address() as AddressInfo).port}`;
  await c.place('cam', { at: 'elsewhere', server: 'a', publicUrl: url, peerUrl: url, epoch: 1 });
  const asked = once(owner, 'request');
  const held = readList(`${c.url}/cam/video.m3u8`);
  const [, unanswered] = await asked;
  await b.place('cam', { at: 'here', epoch: 2 });
  await b.close('cam', 2, 60, clip);
  const brokenOff = once(unanswered, 'close');
  await c.place('cam', b.elsewhere(2));
  assert.equal(uris(await held), [`${b.url}/cam/2-60.ts`]);
  await brokenOff;
  owner.close();
});

test('a player that comes before the first segment is told what is wrong with the source', async () => {
  await using a = await startTestMedia('a');
  const why = async () => {
    const response = await fetch(`${a.url}/cam/video.m3u8`);
    assert.is(response.status, 503);
    return response.text();
  };
  await a.place('cam', { at: 'here', epoch: 1, trouble: 'its source: connection refused' });
  assert.match(await why(), 'the capture of cam has given nothing to play yet: its source: connection refused');
});

test('during a gap the last list is served, however long the gap lasts', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  await a.close('cam', 1, 50, clip);
  const before = await readList(`${a.url}/cam/video.m3u8`);
  await a.place('cam', { at: 'nowhere', why: 'handing over' });
  const startMs = performance.now();
  assert.equal(await readList(`${a.url}/cam/video.m3u8`), before);
  assert.ok(performance.now() - startMs > 1000, 'the poll was held');
  assert.is((await fetch(`${a.url}/cam/1-50.ts`)).status, 200);
});

test('many players of a stream on another server cause one request at a time to its owner', async () => {
  await using a = await startTestMedia('a');
  let asked = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  const owner = createServer((request, response) => {
    asked += 1;
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    response.once('close', () => {
      atOnce -= 1;
    });
    assert.is(request.url, '/prefix/cam/video.m3u8?peer=a');
    const head = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n';
    setTimeout(() => response.end(`${head}#EXTINF:1.000,\n3-7.ts\n`), 50);
  }).listen(0, '127.0.0.1');
  using _owner = closing(owner);
  await once(owner, 'listening');
  const peerUrl = `http://127.0.0.1:${(owner.address() as AddressInfo).port}/prefix/`;
  await a.place('cam', { at: 'elsewhere', server: 'b', publicUrl: 'https://cdn/b/', peerUrl, epoch: 3 });
  const lists = await Promise.all(Array.from({ length: 20 }, () => readList(`${a.url}/cam/video.m3u8`)));
  for (const each of lists) assert.equal(uris(each), ['https://cdn/b/cam/3-7.ts']);
  assert.is(mostAtOnce, 1);
  // One request, or more if the players' requests took longer to arrive than an answer stays fresh.
  assert.ok(asked < lists.length / 4, `${asked} requests`);
});

test('a list is never fetched for another server that fetches it', async () => {
  await using a = await startTestMedia('a');
  await using b = await startTestMedia('b');
  await a.place('cam', b.elsewhere(1));
  await b.place('cam', a.elsewhere(1));
  const response = await fetch(`${a.url}/cam/video.m3u8?peer=b`);
  assert.is(response.status, 503);
});

function closing(server: Server): Disposable {
  return {
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

test.run();
