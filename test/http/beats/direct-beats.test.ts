import * as assert from 'uvu/assert';
import { clusterSignature } from '../../../src/host/cluster-signature.ts';
import { BEAT_PATH, SIGNATURE_HEADER } from '../../../src/http/beats/beat-listener.ts';
import { openDirectBeats } from '../../../src/http/beats/direct-beats.ts';
import { beat, FACTS, KEY, openBeats as open, post, rawAnswer, rawServer } from '../../support/beats.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/beats/direct-beats');

test('a beat that is sent for a session is heard by it, word for word', async () => {
  await using from = await open();
  await using to = await open();
  const heard: string[] = [];
  to.listen('to-1', (text) => heard.push(text));
  from.send({ server: 's02', session: 'to-1', beatUrl: to.beatUrl }, beat(1));
  await eventually('it is heard', () => heard.length === 1);
  assert.equal(heard, [beat(1)]);
  assert.equal(from.remarks, []);
});

test('one connection is used for all beats to a server', async () => {
  await using from = await open();
  let connections = 0;
  let requests = 0;
  await using peer = await rawServer((socket) => {
    connections += 1;
    socket.on('data', (data) => {
      if (!data.includes('POST ')) return;
      requests += 1;
      socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    });
  });
  for (let sequence = 1; sequence <= 5; sequence += 1) {
    from.send({ server: 's02', session: 'to-1', beatUrl: peer.url }, beat(sequence));
    await eventually('it is taken', () => requests === sequence);
  }
  assert.is(connections, 1);
});

test('another key, another receiver, another text: refused and not heard', async () => {
  await using to = await open();
  const heard: string[] = [];
  to.listen('to-1', (text) => heard.push(text));
  assert.is(await post(to, beat(1), { signature: clusterSignature('beat', 'another key', 'to-1', beat(1)) }), 403);
  assert.is(await post(to, beat(1), { signature: clusterSignature('beat', KEY, 'to-2', beat(1)) }), 403);
  assert.is(await post(to, beat(2), { signature: clusterSignature('beat', KEY, 'to-1', beat(1)) }), 403);
  for (const signature of ['', 'x', 'f'.repeat(63), 'F'.repeat(64), 'f'.repeat(64), 'é'.repeat(32)]) {
    assert.is(await post(to, beat(1), { signature }), 403, signature);
  }
  assert.is(await post(to, beat(3)), 204);
  await eventually('a good one is heard', () => heard.length > 0);
  assert.equal(heard, [beat(3)]);
});

test('a beat is taken once, and none that is older than the last one taken from its session', async () => {
  await using to = await open();
  const heard: string[] = [];
  to.listen('to-1', (text) => heard.push(text));
  const statuses: (number | string)[] = [];
  for (const text of [beat(5), beat(5), beat(4), beat(1, 'from-2'), beat(7), beat(6)]) {
    statuses.push(await post(to, text));
  }
  assert.equal(statuses, [204, 409, 409, 204, 204, 409]);
  await eventually('the last good one is heard', () => heard.length > 2);
  assert.equal(heard, [beat(5), beat(1, 'from-2'), beat(7)]);
});

test('a session that has ended hears nothing more, and the next session hears nothing that was signed for the ended one', async () => {
  await using to = await open();
  const heard: string[] = [];
  const end = to.listen('to-1', (text) => heard.push(text));
  end();
  assert.is(await post(to, beat(1)), 503);
  to.listen('to-2', (text) => heard.push(text));
  assert.is(await post(to, beat(1)), 403);
  assert.is(await post(to, beat(2), { signature: clusterSignature('beat', KEY, 'to-2', beat(2)) }), 204);
  await eventually('a beat that is signed for the next session is heard', () => heard.length > 0);
  assert.equal(heard, [beat(2)]);
});

test('garbage, oversized bodies and other requests are refused, and a good beat is heard after them', async () => {
  await using to = await open();
  const heard: string[] = [];
  to.listen('to-1', (text) => heard.push(text));
  for (const text of ['', '{', '[]', '{"v":1}', beat(1).replace('"sequence":1', '"sequence":-1')]) {
    assert.is(await post(to, text), 400, text);
  }
  const large = ' '.repeat(40_000);
  // The connection is closed while it is still being sent: the answer may be lost on the way.
  assert.ok([413, 'ECONNRESET', 'EPIPE'].includes(await post(to, large)));
  assert.is(await post(to, '', { method: 'GET' }), 404);
  assert.is(await post(to, beat(1), { path: '/other' }), 404);
  assert.is(await rawAnswer(to, 'rubbish\r\n\r\n'), '', 'no HTTP: the connection is closed');
  const endless = `POST ${BEAT_PATH} HTTP/1.1\r\nHost: x\r\n${SIGNATURE_HEADER}: ${'a'.repeat(64)}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
  assert.not.match(await rawAnswer(to, endless + chunk.repeat(4)), '204', 'longer than it says');
  assert.is(await post(to, beat(1)), 204);
  await eventually('the good one is heard', () => heard.length > 0);
  assert.equal(heard, [beat(1)]);
});

test('a peer that takes the connection and says nothing delays no other peer, and gets the newest beat when it wakes', async () => {
  await using from = await open({ timeoutMs: 200 });
  await using to = await open();
  let isAwake = false;
  const seen: string[] = [];
  await using hung = await rawServer((socket) =>
    socket.on('data', (data) => {
      if (!isAwake) return;
      seen.push(data.toString());
      if (data.includes('"sequence"')) socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    }),
  );
  const heard: string[] = [];
  to.listen('to-1', (text) => heard.push(text));
  for (let sequence = 1; sequence <= 20; sequence += 1) {
    from.send({ server: 'hung', session: 'hung-1', beatUrl: hung.url }, beat(sequence));
    from.send({ server: 's02', session: 'to-1', beatUrl: to.beatUrl }, beat(sequence));
    await eventually('the other hears it', () => heard.at(-1) === beat(sequence));
  }
  await eventually('it is said', () => from.remarks.length > 0);
  assert.equal(from.remarks, ['direct beats do not reach hung: no answer within 200 ms']);
  isAwake = true;
  from.send({ server: 'hung', session: 'hung-1', beatUrl: hung.url }, beat(21));
  await eventually('it gets one', () => from.remarks.length > 1);
  assert.equal(from.remarks.slice(1), ['direct beats reach hung again']);
  const first = /"sequence":(\d+)/.exec(seen.join(''))?.[1];
  assert.ok(first === '20' || first === '21', `beats that wait are replaced by newer ones, ${first} came`);
});

test('a peer that is not there, a malformed address, a peer without one: told once, and nothing is thrown', async () => {
  await using from = await open();
  const gone = await rawServer(() => {});
  await gone[Symbol.asyncDispose]();
  for (let round = 0; round < 3; round += 1) {
    from.send({ server: 'gone', session: 'x', beatUrl: gone.url }, beat(1));
    from.send({ server: 'nonsense', session: 'x', beatUrl: 'no address' }, beat(1));
    from.send({ server: 'older', session: 'x' }, beat(1));
  }
  await eventually('both are told', () => from.remarks.length === 2);
  assert.ok(
    from.remarks.some((why) => /^direct beats do not reach gone: .*ECONNREFUSED/.test(why)),
    from.remarks.join(),
  );
  assert.ok(from.remarks.some((why) => why.startsWith('direct beats do not reach nonsense: ')));
});

test('no key is ever part of a remark', async () => {
  await using from = await open({ clusterKey: 'another key' });
  await using to = await open();
  to.listen('to-1', () => {});
  from.send({ server: 's02', session: 'to-1', beatUrl: to.beatUrl }, beat(1));
  const remark = await eventually('it is refused', () => from.remarks[0]);
  assert.match(remark, 'direct beats do not reach s02: it refuses the signature');
  assert.not.match(remark, 'another key');
});

test('a port that is taken: refused if it was configured, any other one if it was not', async () => {
  await using taken = await rawServer(() => {});
  const listen = { address: '127.0.0.1', port: Number(new URL(taken.url).port) };
  try {
    await open({ listen });
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), 'EADDRINUSE');
  }
  await using other = await open({ listen, orAnyPort: true });
  assert.is.not(new URL(other.beatUrl).port, String(listen.port));
  assert.match(other.remarks[0] ?? '', `port ${listen.port} for direct beats is not available`);
});

test('peers are told the address on which the port listens, or the host of peer_url if it listens on every address', async () => {
  await using one = await open();
  assert.match(one.beatUrl, /^http:\/\/127\.0\.0\.1:\d+$/);
  await using all = await openDirectBeats({
    ...{ server: 's02', facts: FACTS, clusterKey: KEY, orAnyPort: false, timeoutMs: 300, onRemark: () => {} },
    ...{ listen: { address: '0.0.0.0', port: 0 }, peerUrl: 'https://s01.example.com:8443/x' },
  });
  assert.match(all.beatUrl, /^http:\/\/s01\.example\.com:\d+$/);
});

test.run();
