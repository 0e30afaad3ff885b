import * as assert from 'uvu/assert';
import { clusterSignature } from '../../src/host/cluster-signature.ts';
import { SIGNATURE_HEADER } from '../../src/http/beats/beat-listener.ts';
import { beat, KEY, openBeats as open, post, rawServer } from '../support/beats.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/passed-beats');

/** No server listens there. */
const OUT_OF_REACH = { server: 's02', session: 'to-1', beatUrl: 'http://127.0.0.1:1' };

test('a beat that cannot be sent directly is passed on by a third server, as it was signed', async () => {
  await using to = await open();
  await using third = await open({ peers: [{ server: 's02', session: 'to-1', beatUrl: to.beatUrl }] });
  await using from = await open();
  const heard: string[] = [];
  to.listen('to-1', (text) => heard.push(text));
  third.listen('third-1', () => heard.push('by the third'));
  const through = [{ server: 's03', session: 'third-1', beatUrl: third.beatUrl }];
  let isTaken = false;
  from.send({ ...OUT_OF_REACH, through }, beat(1), () => {
    isTaken = true;
  });
  await eventually('it is heard', () => heard.length > 0);
  assert.equal(heard, [beat(1)]);
  assert.not.ok(isTaken, 'what a third has taken the target has not');
});

test('no beat is passed on without a signature for the session, twice, or to an unknown session', async () => {
  await using to = await open();
  await using third = await open({ peers: [{ server: 's02', session: 'to-1', beatUrl: to.beatUrl }] });
  const heard: string[] = [];
  to.listen('to-1', (text) => heard.push(text));
  third.listen('third-1', () => {});
  const passed = (text: string, passTo: string, signature = clusterSignature('beat', KEY, passTo, text)) =>
    post(third, text, { signature, passTo });
  assert.is(await passed(beat(1), 'to-1', 'f'.repeat(64)), 403);
  assert.is(await passed(beat(1), 'to-1', clusterSignature('beat', KEY, 'third-1', beat(1))), 403);
  assert.is(await passed('rubbish', 'to-1'), 400);
  assert.is(await passed(beat(3), 'gone-1'), 404);
  assert.is(await passed(beat(2), 'to-1'), 202);
  assert.is(await passed(beat(2), 'to-1'), 409);
  assert.is(await passed(beat(1), 'to-1'), 409);
  await eventually('it is heard', () => heard.length > 0);
  assert.equal(heard, [beat(2)]);
});

test('the answer to a beat brings the newest beat of the other side, whose own way is blocked', async () => {
  await using from = await open();
  await using to = await open();
  const [heardBack, heard]: [string[], string[]] = [[], []];
  from.listen('from-1', (text) => heardBack.push(text));
  to.listen('to-1', (text) => heard.push(text));
  to.say('to-1', beat(7, 'to-1'));
  const target = { server: 's02', session: 'to-1', beatUrl: to.beatUrl };
  for (const sequence of [1, 2]) {
    await new Promise<void>((onTaken) => from.send(target, beat(sequence), onTaken));
  }
  await eventually('both are heard', () => heard.length > 1);
  assert.equal(heard, [beat(1), beat(2)]);
  assert.equal(heardBack, [beat(7, 'to-1')], 'the same one is heard once');
  assert.is(await post(to, beat(3)), 204, 'an older version, which does not ask for one, gets an empty answer');
});

test('a beat in an answer that is unsigned, or signed with another key, is not heard', async () => {
  await using from = await open();
  const heardBack: string[] = [];
  from.listen('from-1', (text) => heardBack.push(text));
  const body = beat(7, 'to-1');
  let answered = 0;
  await using peer = await rawServer((socket) =>
    socket.on('data', (data) => {
      if (!data.includes('POST ')) return;
      const signature = answered === 0 ? 'none' : clusterSignature('beat', 'another key', 'from-1', body);
      answered += 1;
      socket.write(
        `HTTP/1.1 200 OK\r\n${SIGNATURE_HEADER}: ${signature}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    }),
  );
  const target = { server: 's02', session: 'to-1', beatUrl: peer.url };
  for (const sequence of [1, 2]) {
    await new Promise<void>((onTaken) => from.send(target, beat(sequence), onTaken));
  }
  assert.is(answered, 2);
  assert.equal(heardBack, []);
});

test.run();
