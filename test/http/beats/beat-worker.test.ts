import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Worker } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { MOST_SOCKETS } from '../../../src/host/disk/open-files.ts';
import { beat, openBeats as open, post } from '../../support/beats.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/beats/beat-worker');

/** Strangers open so many more connections than there is room for. */
const TOO_MANY = 100;

test('a worker that dies is replaced on the same port: beats are heard and answered as before, and no old one is heard again', async () => {
  let worker: Worker | undefined;
  process.once('worker', (started) => {
    worker = started;
  });
  await using to = await open();
  await using from = await open();
  const [heard, heardBack]: [string[], string[]] = [[], []];
  to.listen('to-1', (text) => heard.push(text));
  from.listen('from-1', (text) => heardBack.push(text));
  to.say('to-1', beat(7, 'to-1'));
  assert.is(await post(to, beat(3)), 204);
  await worker?.terminate();
  assert.match(to.remarks.join(), 'the thread of the beats port died and starts again');
  await eventually('it is taken again', async () => (await post(to, beat(3))) === 204);
  const target = { server: 's02', session: 'to-1', beatUrl: to.beatUrl };
  await new Promise<void>((onTaken) => from.send(target, beat(4), onTaken));
  await eventually('it is heard', () => heard.length > 1);
  assert.equal(heard, [beat(3), beat(4)], 'what was heard before is not heard again');
  assert.equal(heardBack, [beat(7, 'to-1')]);
});

test('strangers that take every connection push out each other, not a peer', async () => {
  await using to = await open();
  await using from = await open();
  const heard: string[] = [];
  to.listen('to-1', (text) => heard.push(text));
  const target = { server: 's02', session: 'to-1', beatUrl: to.beatUrl };
  const send = (sequence: number) => new Promise<void>((onTaken) => from.send(target, beat(sequence), onTaken));
  await send(1);
  const strangers = new Set<Socket>();
  const closed: Socket[] = [];
  const openOne = async (localAddress: string) => {
    const socket = connect({ port: Number(new URL(to.beatUrl).port), host: '127.0.0.1', localAddress });
    socket.on('error', () => {});
    socket.on('close', () => {
      strangers.delete(socket);
      closed.push(socket);
    });
    strangers.add(socket);
    await once(socket, 'connect');
    return socket;
  };
  const lone = await openOne('127.0.0.3');
  await Promise.all(Array.from({ length: MOST_SOCKETS.beats + TOO_MANY }, () => openOne('127.0.0.2')));
  await eventually(
    'the strangers have no more connections than there is room for',
    () => strangers.size <= MOST_SOCKETS.beats,
  );
  // Much later all go, since they send nothing.
  assert.not(closed.slice(0, TOO_MANY).includes(lone), 'the one of another network was not the one to go');
  await send(2);
  await using other = await open();
  await new Promise<void>((onTaken) => other.send(target, beat(1, 'from-2'), onTaken));
  await eventually('all beats are heard', () => heard.length === 3);
  assert.equal(heard, [beat(1), beat(2), beat(1, 'from-2')]);
  assert.equal(from.remarks, [], 'none of its beats was lost');
  for (const socket of strangers) socket.destroy();
});

test.run();
