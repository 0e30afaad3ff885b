import { connect } from 'node:net';
import * as assert from 'uvu/assert';
import { makeClip } from '../../support/clip.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestMedia } from '../../support/media.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/media/mpegts');

const [clip = Buffer.alloc(0)] = await makeClip({ seconds: 1 });

test('MPEG-TS flows segment by segment and ends when the capture moves', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  await a.close('cam', 1, 50, clip);
  const response = await fetch(`${a.url}/cam/mpegts`);
  assert.is(response.headers.get('content-type'), 'video/mp2t');
  const reader = response.body?.getReader();
  let received = 0;
  const { length: size } = clip;
  const readUntil = async (bytes: number) => {
    while (received < bytes) received += (await reader?.read())?.value?.length ?? Number.NaN;
  };
  await readUntil(size);
  await a.close('cam', 1, 51, clip);
  await readUntil(2 * size);
  assert.is(received, 2 * size);
  await a.place('cam', { at: 'nowhere', why: 'moved' });
  assert.is((await reader?.read())?.done, true);
});

test('a viewer that does not read is dropped', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  const socket = connect(a.host.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET /cam/mpegts HTTP/1.1\r\nHost: a\r\n\r\n');
  const large = Buffer.alloc(6 * 1024 * 1024);
  let number = 50;
  await eventually('it is counted', () => a.host.figures.viewers === 1);
  await eventually('it is dropped', async () => {
    await a.close('cam', 1, number++, large);
    return a.host.figures.viewers === 0;
  });
  socket.resume();
  await closed;
});

test.run();
