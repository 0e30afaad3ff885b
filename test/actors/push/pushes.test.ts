import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import * as assert from 'uvu/assert';
import { StartGate } from '../../../src/actors/ffmpeg/start-gate.ts';
import { findTools } from '../../../src/actors/ffmpeg/tools.ts';
import type { Patience } from '../../../src/actors/push/push.ts';
import { Pushes } from '../../../src/actors/push/pushes.ts';
import type { PushStatus } from '../../../src/domain/push/push-status.ts';
import { controlDisk } from '../../../src/media/disk-places.ts';
import { makeClip } from '../../support/clip.ts';
import { eventually } from '../../support/eventually.ts';
import { commandLines } from '../../support/ffmpeg-actor.ts';
import { freePort, muteReceiver, type RealReceiver, realReceiver, relayTo } from '../../support/push-receiver.ts';
import { sideBySide } from '../../support/side-by-side.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = sideBySide('actors/push/pushes', { atOnce: 3, deadlineMs: 60_000 });
const tools = await findTools();
const KEY = 's3cret-str3am-key';
const clip = await makeClip({ seconds: 12 });
const heavyClip = await makeClip({ seconds: 2, isHeavy: true });

/** Pushes whose stream closes a segment each second, without a capture. */
async function pushing(urls: readonly string[], patience?: Patience, media = clip) {
  const folder = await tempFolder();
  let wanted = urls;
  let stands = true;
  const told: (readonly PushStatus[])[] = [];
  const pushes = new Pushes({
    ...{ folder: folder.path, tools, gate: new StartGate(), disk: controlDisk() },
    ...(patience !== undefined && { patience }),
    stands: () => stands,
    urls: () => wanted,
    onChange: (all) => told.push(all),
  });
  let number = 0;
  const give = async () => {
    const file = join(folder.path, `${number}.ts`);
    await writeFile(file, media[number % media.length] ?? '');
    pushes.give({
      ...{
        stream: 'cam01',
        epoch: 1,
        number,
        discontinuity: number === 0,
        startMs: 0,
        durationMs: 1000,
        bytes: 1,
        file,
      },
    });
    number += 1;
  };
  const beat = setInterval(() => void give(), 1000);
  await give();
  return {
    pushes,
    told,
    given: () => number,
    now: () => told.at(-1) ?? [],
    states: () => (told.at(-1) ?? []).map(({ state }) => state),
    want: (more: readonly string[]) => {
      wanted = more;
    },
    loseStanding: () => {
      stands = false;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      pushes.kill();
      await pushes.ended();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The receiver and the push start at the same time, and the first attempt may come too early. */
function arrived(receiver: RealReceiver): Promise<unknown> {
  return eventually('pictures arrive', () => receiver.frames >= 5, { deadlineMs: 30_000 });
}

/** Receivers are told the passphrase on their command line. */
async function pushers(): Promise<string> {
  const lines = (await commandLines()).split('\n').filter((line) => !/-listen|mode=listener/.test(line));
  return lines.join('\n');
}

test('RTMP: a real receiver gets the stream; its key is in no process list and no state; a kill ends it in the same turn', async () => {
  const port = await freePort();
  await using receiver = realReceiver(`rtmp://127.0.0.1:${port}/live`);
  await using stream = await pushing([`rtmp://127.0.0.1:${port}/live/${KEY}?sign=${KEY}`]);
  await arrived(receiver);
  assert.equal(stream.now(), [{ to: `rtmp://127.0.0.1:${port}/***`, state: 'pushing' }]);
  assert.not.match(await pushers(), KEY);
  stream.pushes.kill();
  assert.equal(stream.now(), []);
  await stream.pushes.ended();
  await receiver.ended();
});

test('SRT: a passphrase and a streamid arrive, and a wrong passphrase is told', async () => {
  const port = await freePort();
  await using receiver = realReceiver(`srt://127.0.0.1:${port}?mode=listener&passphrase=${KEY}`);
  await using wrong = await pushing([`srt://127.0.0.1:${port}?passphrase=another-${KEY}`]);
  await eventually('it is refused', () => wrong.now()[0]?.why);
  assert.is(wrong.now()[0]?.why, 'the receiver refuses the passphrase');
  wrong.pushes.kill();
  await using stream = await pushing([`srt://127.0.0.1:${port}?streamid=cam01&passphrase=${KEY}`]);
  await arrived(receiver);
  assert.not.match(await pushers(), KEY);
  stream.pushes.stop();
  await stream.pushes.ended();
  // It was told goodbye: without that it would wait for five seconds.
  await receiver.ended();
});

test('receivers that refuse and do not resolve fail beside one that works; one that comes later gets the stream', async () => {
  const [port, later] = [await freePort(), await freePort()];
  await using receiver = realReceiver(`rtmp://127.0.0.1:${port}/live`);
  const hosts = [`127.0.0.1:${later}`, 'no.such.host.invalid', `127.0.0.1:${port}`];
  await using stream = await pushing(hosts.map((host) => `rtmp://${host}/live/${KEY}`));
  await eventually('two fail, and one works', () => stream.states().join() === 'failing,failing,pushing');
  const whys = stream.now().map(({ why }) => why);
  assert.equal(whys, ['the receiver refuses the connection', 'the name of the receiver cannot be resolved', undefined]);
  assert.not.match(JSON.stringify(stream.told), KEY);
  await using late = realReceiver(`rtmp://127.0.0.1:${later}/live`);
  await arrived(late);
  assert.is(stream.states()[0], 'pushing');
  const before = receiver.frames;
  await eventually('the other one goes on', () => receiver.frames > before);
});

test('a receiver that takes the connection and says nothing is told, and tried again', async () => {
  await using mute = await muteReceiver();
  const patience = { connectMs: 2000, takeMs: 2000, behindMs: 20_000 };
  await using stream = await pushing([`rtmp://127.0.0.1:${mute.port}/live/${KEY}`], patience);
  await eventually('it is told', () => stream.now()[0]?.why === 'the receiver does not answer');
  await eventually('it is tried again', () => mute.total > 1);
});

test('a receiver that hangs while it is pushed to is given up, and tried again', async () => {
  const port = await freePort();
  await using relay = await relayTo(port);
  await using receiver = realReceiver(`rtmp://127.0.0.1:${port}/live`);
  const patience = { connectMs: 10_000, takeMs: 2000, behindMs: 10_000 };
  await using stream = await pushing([`rtmp://127.0.0.1:${relay.port}/live/${KEY}`], patience, heavyClip);
  await arrived(receiver);
  relay.hang();
  await eventually('it is told', () => stream.now()[0]?.why, { deadlineMs: 25_000 });
  assert.match(stream.now()[0]?.why ?? '', /takes no data|more slowly/);
  await eventually('it is tried again', () => relay.total > 1);
});

test('rtmps: a receiver that cannot prove its name gets no key', async () => {
  const tls = new URL('../../../../test/fixtures/tls/', import.meta.url);
  const [cert, key] = [await readFile(new URL('first.crt', tls)), await readFile(new URL('first.key', tls))];
  let heard = '';
  const server = createServer({ cert, key }, (socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        heard += chunk.toString('latin1');
      });
  });
  server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await using stream = await pushing([`rtmps://127.0.0.1:${port}/live/${KEY}`]);
  await eventually('it is told', () => stream.now()[0]?.why);
  assert.match(stream.now()[0]?.why ?? '', /certificate/);
  assert.is(heard, '');
  server.close();
});

test('a push follows the definition, and without standing none is started', async () => {
  const [first, second] = [await freePort(), await freePort()];
  await using one = realReceiver(`rtmp://127.0.0.1:${first}/live`);
  await using two = realReceiver(`rtmp://127.0.0.1:${second}/live`);
  await using stream = await pushing([`rtmp://127.0.0.1:${first}/live/${KEY}`]);
  await arrived(one);
  stream.want([`rtmp://127.0.0.1:${second}/live/${KEY}`]);
  await one.ended();
  await arrived(two);
  assert.equal(stream.now(), [{ to: `rtmp://127.0.0.1:${second}/***`, state: 'pushing' }]);
  stream.loseStanding();
  await using relay = await relayTo(second);
  stream.want([`rtmp://127.0.0.1:${relay.port}/live/${KEY}`]);
  await two.ended();
  const given = stream.given();
  await eventually('three more segments', () => stream.given() >= given + 3);
  assert.is(relay.total, 0);
});

test.run();
