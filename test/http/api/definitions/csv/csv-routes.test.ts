import * as assert from 'uvu/assert';
import { createApi } from '../../../../../src/http/api/api.ts';
import { csvCheckedSchema } from '../../../../../src/http/api/definitions/csv/csv-routes.ts';
import { memoryHerd } from '../../../../support/herd-api.ts';
import { suite } from '../../../../support/suite.ts';

const test = suite('http/api/definitions/csv/csv-routes');

const POLICY = { users: [], viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' };
/** The host's own operator. */
const LOCAL = { remoteAddress: '', isSecure: false, isLocal: true };
const STRANGER = { remoteAddress: '10.0.0.9', isSecure: false, isLocal: false };

async function testApi() {
  const herd = memoryHerd();
  const { fetch } = createApi({ herd, policy: POLICY });
  const ask = async (method: string, target: string, body?: unknown, client = LOCAL) => {
    const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(new Request(`http://s01:8080/api/v1/${target}`, init), client);
    return { status: response.status, text: await response.text() };
  };
  await herd.putStream('cam1' as never, '{"url": "rtsp://admin:pass-word@10.1.1.7/x", "title": "Gate"}');
  await herd.putStream('cam2' as never, '{"url": "test:"}');
  return { herd, ask };
}

test('each line is told with what it would change; nothing is changed, and each can be published', async () => {
  const { herd, ask } = await testApi();
  const csv = [
    'stream,input,title',
    'cam1,rtsp://admin:***@10.1.1.7/x,Gate 3',
    'cam2,test:,',
    'cam3,rtsp://10.1.1.9/x,New',
    'cam3,test:,Again',
    'cam4,rtsp://admin:***@10.1.1.7/x,Stolen',
  ].join('\n');
  const { status, text } = await ask('POST', 'check/csv', { csv });
  const answer = JSON.parse(text);
  assert.is(status, 200, text);
  assert.not.match(text, 'pass-word');
  const { lines } = csvCheckedSchema.parse(answer);
  assert.equal(
    lines.map(({ line, stream, action, revision }) => [line, stream, action, revision]),
    [
      [2, 'cam1', 'update', 1],
      [3, 'cam2', 'leave', 1],
      [4, 'cam3', 'create', 0],
      [5, 'cam3', 'refuse', 0],
      [6, 'cam4', 'refuse', 0],
    ],
  );
  assert.equal(lines[3]?.problems, [{ column: 'stream', why: 'expected cam3 once: line 4 has it' }]);
  assert.match(lines[4]?.problems[0]?.why ?? '', /the password or key itself/);
  assert.equal([herd.definitions.size, herd.log.length], [2, 0]);
  const { definition } = answer.lines[0];
  assert.is((await ask('PUT', 'streams/cam1?revision=1', definition)).status, 200);
  assert.equal(herd.definitions.get('cam1')?.inputs, ['rtsp://admin:pass-word@10.1.1.7/x']);
});

test('keys of pushes are kept, and reach no answer, whether the table has their column or not', async () => {
  const { herd, ask } = await testApi();
  const push = ['rtmp://live.example/app/stream-pass-word', 'srt://live.example:9000?passphrase=stream-pass-word'];
  await herd.putStream('cam5' as never, JSON.stringify({ url: 'test:', push }));
  const table = (await ask('GET', 'streams.csv')).text;
  const titles = 'stream,title\ncam5,Gate';
  assert.not.match(table, 'pass-word');
  for (const csv of [titles, table.replace('cam5,test:,,', 'cam5,test:,Gates,')]) {
    const { text } = await ask('POST', 'check/csv', { csv });
    assert.not.match(text, 'pass-word');
    const line = JSON.parse(text).lines.find(({ stream }: { stream: string }) => stream === 'cam5');
    assert.is(line.action, 'update', text);
    assert.is((await ask('PUT', `streams/cam5?revision=${line.revision}`, line.definition)).status, 200);
    assert.equal(herd.definitions.get('cam5')?.push, push);
  }
});

test('only users check a table or get one, which has no secrets', async () => {
  const { ask } = await testApi();
  assert.is((await ask('POST', 'check/csv', { csv: 'stream\n' }, STRANGER)).status, 403);
  assert.is((await ask('GET', 'streams.csv', undefined, STRANGER)).status, 401);
  const { status, text } = await ask('GET', 'streams.csv');
  assert.is(status, 200);
  assert.equal(text.split('\r\n').slice(0, 2), [
    'stream,input,title,dvr,transcoder,backup_transcoder,capture_at,push,weight,disabled',
    'cam1,rtsp://admin:***@10.1.1.7/x,Gate,,,,,,,',
  ]);
  for (const bad of [{ csv: 7 }, { csv: 'nonsense' }, {}, []]) {
    assert.is((await ask('POST', 'check/csv', bad)).status, 400, JSON.stringify(bad));
  }
});

test.run();
