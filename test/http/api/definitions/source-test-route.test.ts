import * as assert from 'uvu/assert';
import { GateFullError } from '../../../../src/domain/gate.ts';
import { createApi } from '../../../../src/http/api/api.ts';
import { sourceTestSchema } from '../../../../src/http/api/definitions/source-test-route.ts';
import { memoryHerd } from '../../../support/herd-api.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('http/api/definitions/source-test-route');

const POLICY = { users: [], viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' };
/** The host's own operator. */
const LOCAL = { remoteAddress: '', isSecure: false, isLocal: true };

function testApi(herd = memoryHerd()) {
  const { fetch } = createApi({ herd, policy: POLICY });
  const ask = async (body: unknown, client = LOCAL) => {
    const init = { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(new Request('http://s01:8080/api/v1/sources/test', init), client);
    const text = await response.text();
    assert.not.match(text, 'pass-word');
    return { status: response.status, json: JSON.parse(text) };
  };
  return { herd, ask };
}

test('a source is tested for users that may change things, by the server that is asked, and it is told who did it', async () => {
  const { herd, ask } = testApi();
  const url = 'rtsp://admin:pass-word@10.1.1.7/x';
  assert.is((await ask({ url }, { ...LOCAL, isLocal: false })).status, 403);
  const { status, json } = await ask({ url });
  assert.equal([status, sourceTestSchema.parse(json)], [200, json]);
  assert.equal(herd.asked, [`test ${url}`]);
  assert.is(herd.log.at(-1)?.why, 'the source rtsp://admin:***@10.1.1.7/x is tested');
  assert.is(herd.log.at(-1)?.by, 'the local socket');
});

test('a password that the page does not see is that of the input of its stream, and of no other address', async () => {
  const { herd, ask } = testApi();
  const url = 'rtsp://admin:pass-word@10.1.1.7/x';
  await herd.putStream('cam1' as never, JSON.stringify({ url, disabled: true }));
  herd.statuses.set('cam1', { server: undefined } as never);
  assert.is((await ask({ url: 'rtsp://admin:***@10.1.1.7/x', stream: 'cam1' })).status, 200);
  assert.equal(herd.asked, [`test ${url}`]);
  for (const wrong of [
    { url: 'rtsp://admin:***@10.6.6.6/x', stream: 'cam1' },
    { url: 'rtsp://admin:***@10.1.1.7/x', stream: 'cam2' },
    { url: 'rtsp://admin:***@10.1.1.7/x' },
    { url: 'file:///etc/passwd' },
    { url: 'gopher://10.1.1.7/' },
    { address: 'rtsp://10.1.1.7/' },
  ]) {
    assert.is((await ask(wrong)).status, 400, JSON.stringify(wrong));
  }
  assert.is(herd.asked.length, 1);
});

test('what is captured at the moment is not opened again, whichever user is named', async () => {
  const { herd, ask } = testApi();
  await herd.putStream('cam1' as never, '{"inputs": ["rtsp://a:pass-word@10.1.1.7/x", "rtsp://10.1.1.8/x"]}');
  const busy = await ask({ url: 'rtsp://other:user@10.1.1.7/x' });
  assert.equal(
    [busy.status, busy.json.error],
    [409, 's01 captures it as cam1 right now: a second connection could end the first'],
  );
  assert.is((await ask({ url: 'rtsp://10.1.1.8/x' })).status, 200, 'an input that is not in use');
  herd.statuses.set('cam1', { input: 1 });
  assert.is((await ask({ url: 'rtsp://10.1.1.8/x' })).status, 409);
});

test('too many tests are refused for the moment, and a failure is an answer', async () => {
  let answer: () => Promise<never> = () => Promise.reject(new GateFullError('6 wait already'));
  const failed = { ok: false, failure: { kind: 'timeout', message: 'the source does not answer' } } as const;
  const herd = { ...memoryHerd(), testSource: () => answer() };
  const { ask } = testApi(herd);
  assert.is((await ask({ url: 'rtsp://10.1.1.7/x' })).status, 503);
  assert.equal(herd.log, [], 'what was not begun is no event');
  answer = async () => failed as never;
  const { status, json } = await ask({ url: 'rtsp://10.1.1.7/x' });
  assert.equal([status, json], [200, failed]);
  assert.equal(sourceTestSchema.parse(json), json);
});

test.run();
