import * as assert from 'uvu/assert';
import { createApi } from '../../../../src/http/api/api.ts';
import { checkedSchema } from '../../../../src/http/api/definitions/check-route.ts';
import { memoryHerd } from '../../../support/herd-api.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('http/api/definitions/definition-routes');

const admin = { name: 'admin', password: 'se:cret', role: 'edit' } as const;
const STRANGER = { remoteAddress: '10.0.0.9', isSecure: false, isLocal: false };
const MAIN = 'rtsp://admin:first-password@10.1.1.7/main';
const SUB = 'rtsp://admin:other-password@10.1.1.8/sub';
const shownAs = (url: string) => url.replace(/:[a-z-]+@/, ':***@');

/** A page in a browser: its session sees no passwords. */
async function page() {
  const herd = memoryHerd();
  const policy = { users: [admin], viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' };
  const { fetch } = createApi({ herd, policy });
  const origin = { origin: 'http://s01:8080', host: 's01:8080' };
  const begin = await fetch(
    new Request('http://s01:8080/api/v1/session', {
      ...{ method: 'POST', headers: origin, body: JSON.stringify({ user: 'admin', password: 'se:cret' }) },
    }),
    STRANGER,
  );
  const { token } = JSON.parse(await begin.text());
  const headers = { ...origin, cookie: begin.headers.get('set-cookie') ?? '', 'streamherd-token': token };
  const ask = async (method: string, target: string, body?: unknown) => {
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(new Request(`http://s01:8080/api/v1/${target}`, init), STRANGER);
    const text = await response.text();
    assert.not.match(text, /-password/, 'no password reaches the page');
    return { status: response.status, json: JSON.parse(text) };
  };
  const inputs = () => herd.definitions.get('cam1')?.inputs;
  await herd.putStream('cam1' as never, JSON.stringify({ inputs: [MAIN, SUB], applied_from: ['s01'] }));
  return { herd, ask, inputs };
}

test('a page keeps passwords that it does not see, also of inputs that change places', async () => {
  const { ask, inputs } = await page();
  const { json } = await ask('GET', 'streams/cam1');
  assert.equal([json.definition.inputs, json.revision], [[shownAs(MAIN), shownAs(SUB)], 1]);
  const swapped = { inputs: [...json.definition.inputs].reverse(), title: 'Gate' };
  assert.is((await ask('PUT', 'streams/cam1?revision=1', swapped)).status, 200);
  assert.equal(inputs(), [SUB, MAIN]);
  const stolen = await ask('PUT', 'streams/cam1', { inputs: [shownAs(MAIN).replace('10.1.1.7', '10.6.6.6')] });
  assert.equal([stolen.status, stolen.json.problems[0].path], [400, 'inputs.0']);
  assert.match(stolen.json.error, /^inputs\.0: expected the password or key itself in place of \*\*\*/);
  assert.is((await ask('PUT', 'streams/cam2', { inputs: [shownAs(MAIN)] })).status, 400, 'of another stream neither');
  assert.equal(inputs(), [SUB, MAIN], 'a refusal changes nothing');
});

test('two pushes to one host keep their keys in their order, also where only the title changes; one of them alone is not guessed', async () => {
  const { ask, herd } = await page();
  const push = ['rtmp://a.example/app/one-password', 'rtmp://a.example/app/two-password'];
  const pushes = () => herd.definitions.get('cam3')?.push;
  await herd.putStream('cam3' as never, JSON.stringify({ url: 'test:', push }));
  const { definition } = (await ask('GET', 'streams/cam3')).json;
  assert.equal(definition.push, ['rtmp://a.example/***', 'rtmp://a.example/***']);
  const titled = { ...definition, title: 'Gate' };
  const checked = await ask('POST', 'check', { stream: 'cam3', definition: titled });
  assert.is(checked.status, 200, checked.json.error);
  assert.is((await ask('POST', 'check', { text: checked.json.text })).status, 200);
  const table = ['stream,title,push', 'cam3,Gate 2,rtmp://a.example/*** rtmp://a.example/***'].join('\n');
  assert.is((await ask('POST', 'check/csv', { csv: table })).json.lines[0].action, 'update');
  assert.is((await ask('PUT', 'streams/cam3?revision=1', titled)).status, 200);
  assert.equal(pushes(), push);
  const third = 'rtmp://b.example/app/key';
  const more = { ...definition, push: [definition.push[0], third, definition.push[1]] };
  assert.is((await ask('PUT', 'streams/cam3', more)).status, 200);
  assert.equal(pushes(), [push[0], third, push[1]]);
  const fewer = await ask('PUT', 'streams/cam3', { ...definition, push: definition.push.slice(1) });
  assert.is(fewer.status, 400);
  assert.match(fewer.json.error, /^push\.0: expected .* as many URLs that look alike come back as there are$/);
  assert.equal(pushes(), [push[0], third, push[1]], 'a refusal changes nothing');
  assert.is((await ask('PUT', 'streams/cam3', { ...definition, push: [third] })).status, 200, 'both may go');
  const twice = await ask('PUT', 'streams/cam3', { ...definition, push: ['rtmp://b.example/***', third] });
  assert.equal([twice.status, twice.json.problems[0].path], [400, 'push']);
  assert.match(twice.json.error, /each once/);
});

test('what another client has changed meanwhile is not overwritten, and its passwords are not used', async () => {
  const { ask, herd, inputs } = await page();
  const later = 'rtsp://admin:third-password@10.1.1.7/main';
  await herd.putStream('cam1' as never, JSON.stringify({ inputs: [later] }));
  assert.is((await ask('PUT', 'streams/cam1?revision=1', { inputs: [shownAs(MAIN)] })).status, 409);
  assert.is((await ask('PUT', 'streams/cam1?revision=1', { url: 'test:' })).status, 409);
  assert.is((await ask('PUT', 'streams/cam1?revision=0', { url: 'test:' })).status, 409, 'it is there already');
  assert.is((await ask('DELETE', 'streams/cam1?revision=1')).status, 409);
  assert.equal(inputs(), [later]);
  assert.is((await ask('PUT', 'streams/cam1?revision=x', { url: 'test:' })).status, 400);
  assert.is((await ask('DELETE', 'streams/cam1?revision=2')).status, 200);
});

test('a check answers both forms of a definition and what would change, and changes nothing', async () => {
  const { ask, herd, inputs } = await page();
  const asked = await ask('POST', 'check', { stream: 'cam1', definition: { inputs: [shownAs(SUB)], weight: '2' } });
  assert.equal(checkedSchema.parse(asked.json), asked.json);
  assert.equal(asked.json, {
    stream: 'cam1',
    definition: { inputs: [shownAs(SUB)], weight: 2 },
    text: `stream cam1 {\n  input ${shownAs(SUB)};\n  cluster_ingest;\n  weight 2;\n}`,
    revision: 1,
    action: 'update',
    consequences: [
      'Its capture begins anew: about a second is not recorded. Viewers go on by themselves.',
      'It was defined by the configuration file of s01, which no longer changes or removes it from now on.',
    ],
  });
  const { text, ...rest } = asked.json;
  assert.equal((await ask('POST', 'check', { text })).json, { text, ...rest }, 'the text is read back');
  assert.is((await ask('POST', 'check', { text: 'stream new { input test:; }' })).json.action, 'create');
  assert.equal([inputs(), herd.log.length], [[MAIN, SUB], 0]);
});

test('what is wrong with a definition is told with its place, in either form', async () => {
  const { ask } = await page();
  const bad = { stream: '../x', definition: { inputs: ['file:/etc/passwd'], transcoder: { vb: 'fast' }, wieght: 1 } };
  const value = await ask('POST', 'check', bad);
  assert.is(value.status, 400);
  assert.equal(value.json.problems.map(({ path }: { path: string }) => path).sort(), [
    'inputs.0',
    'stream',
    'transcoder.vb',
    'wieght',
  ]);
  const text = await ask('POST', 'check', { text: 'stream cam1 {\n  input file:/etc/passwd;\n  wieght 2;\n}' });
  assert.match(text.json.error, /^text:2:9: expected a source URL.*\n {2} {2}input file/);
  assert.match(text.json.error, /text:3:3: expected a word of a stream block.*did you mean "weight"\?/);
  for (const [other, why] of [
    ['', /^text:1:1: expected one block/],
    ['stream a { input test:; } stream b { input test:; }', /expected "stream" once/],
    ['cluster_key abc;', /expected a word of this text \(stream\)/],
    ['x'.repeat(70_000), /expected at most 65536 characters/],
  ] as const) {
    const refused = await ask('POST', 'check', { text: other });
    assert.is(refused.status, 400);
    assert.match(refused.json.error, why);
  }
  const kept = await ask('POST', 'check', { stream: 'cam1', definition: { inputs: ['rtsp://a:***@10.6.6.6/'] } });
  assert.equal([kept.status, kept.json.problems[0].path], [400, 'inputs.0']);
  assert.match((await ask('POST', 'check', { stream: 1 })).json.error, /^expected a body like/);
});

test.run();
