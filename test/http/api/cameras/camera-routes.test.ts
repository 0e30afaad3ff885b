import * as assert from 'uvu/assert';
import type { CameraFinder, CameraProfiles, CameraQuery } from '../../../../src/domain/cameras/camera.ts';
import { GateFullError } from '../../../../src/domain/gate.ts';
import { createApi } from '../../../../src/http/api/api.ts';
import { cameraProfilesSchema, foundSchema } from '../../../../src/http/api/cameras/camera-routes.ts';
import { memoryHerd } from '../../../support/herd-api.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('http/api/cameras/camera-routes');

const LOCAL = { remoteAddress: '', isSecure: false, isLocal: true };
const STRANGER = { ...LOCAL, isLocal: false };
const seen = { user: 'watcher', password: 'only-to-look', role: 'view' } as const;
const POLICY = {
  ...{ viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' },
  users: [
    { name: seen.user, password: seen.password, role: seen.role },
    { name: 'admin', password: 'correct-horse', role: 'edit' as const },
  ],
};
const URL_HERE = 'http://10.1.1.7/onvif/device_service';
const camera = { address: '10.1.1.7', url: URL_HERE, name: 'Gate', maker: '', hardware: 'DX', location: '' };
const profiles: CameraProfiles = {
  ...{ ok: true, maker: 'Dexter', hardware: 'DX', remarks: [] },
  profiles: [{ token: 'a', name: 'Main', codec: 'H264', width: 1920, height: 1080, url: 'rtsp://10.1.1.7/x' }],
};

function testApi(finder: Partial<CameraFinder> = {}) {
  const herd = memoryHerd();
  const queries: unknown[] = [];
  const cameras: CameraFinder = {
    search: async (query: CameraQuery, _, onBegin) => {
      queries.push(query);
      onBegin?.();
      return { cameras: [camera], remarks: [], isAsked: true };
    },
    profiles: async (url, login, _, onBegin) => {
      queries.push([url, login]);
      if (url === URL_HERE) onBegin?.();
      return url === URL_HERE ? profiles : undefined;
    },
    ...finder,
  };
  const { fetch } = createApi({ herd: { ...herd, cameras }, policy: POLICY });
  const post = async (path: string, body: unknown, client = LOCAL, headers: Record<string, string> = {}) => {
    const init = { method: 'POST', body: JSON.stringify(body), headers };
    const response = await fetch(new Request(`http://s01:8080/api/v1/cameras/${path}`, init), client);
    const text = await response.text();
    assert.not.match(text + JSON.stringify(herd.log), 'pass-word');
    return { status: response.status, json: JSON.parse(text) };
  };
  return { herd, queries, post };
}

test('users that may change things find cameras and what streams have them already; it is told with their name', async () => {
  const { herd, queries, post } = testApi();
  await herd.putStream('cam1' as never, '{"inputs": ["test:", "rtsp://a:b@10.1.1.7:554/x"]}');
  await herd.putStream('cam2' as never, '{"inputs": ["rtsp://10.1.1.8/x"]}');
  const { status, json } = await post('search', {});
  assert.equal([status, json], [200, { cameras: [{ ...camera, streams: ['cam1'] }], remarks: [] }]);
  assert.equal(foundSchema.parse(json), json);
  assert.equal([herd.log.at(-1)?.why, herd.log.at(-1)?.by], ['cameras are looked for', 'the local socket']);
  await post('search', { seconds: 2, interface: '10.1.1.2', hosts: ['10.1.1.7:8080', 'fd00::7'] });
  assert.equal(queries, [
    { seconds: 4, hosts: [] },
    { seconds: 2, from: '10.1.1.2', hosts: [{ address: '10.1.1.7', port: 8080 }, { address: 'fd00::7' }] },
  ]);
  assert.is(herd.log.at(-1)?.why, 'cameras are looked for at 10.1.1.7:8080, fd00::7');
  await post('search', { hosts: Array.from({ length: 9 }, (_, number) => `10.1.1.${number}`) });
  assert.is(herd.log.at(-1)?.why, 'cameras are looked for at 9 addresses');
});

test('strangers, and users that may only look, ask nothing of it', async () => {
  const { herd, queries, post } = testApi();
  const authorization = `Basic ${Buffer.from(`${seen.user}:${seen.password}`).toString('base64')}`;
  for (const path of ['search', 'profiles']) {
    assert.is((await post(path, { url: URL_HERE }, STRANGER)).status, 401);
    assert.is((await post(path, { url: URL_HERE }, STRANGER, { authorization })).status, 403);
    const foreign = { authorization, origin: 'https://evil.example' };
    assert.is((await post(path, { url: URL_HERE }, STRANGER, foreign)).status, 403);
  }
  assert.equal([queries, herd.log], [[], []]);
});

test('a query that is not understood is refused with what was expected', async () => {
  const { queries, post } = testApi();
  for (const [body, expected] of [
    [{ seconds: 0 }, 'expected seconds from 1 to 30'],
    [{ seconds: 31 }, 'expected seconds from 1 to 30'],
    [{ seconds: '4' }, 'expected seconds from 1 to 30'],
    [{ interface: 'eth0' }, 'interface: expected the IPv4 address'],
    [{ hosts: ['camera.local'] }, 'hosts: expected the IP address of a camera'],
    [{ hosts: ['0.0.0.0'] }, 'hosts: expected the IP address of a camera'],
    [{ hosts: '10.1.1.7' }, 'hosts: expected a list'],
    [{ hosts: Array.from({ length: 65 }, () => '10.1.1.7') }, 'hosts: expected at most 64'],
  ] as const) {
    const { status, json } = await post('search', body);
    assert.is(status, 400);
    assert.match(json.error, expected);
  }
  for (const body of [
    {},
    { url: 1 },
    { url: URL_HERE, user: 'a\r\nb' },
    { url: URL_HERE, user: 'a', password: `${'pass-word'.repeat(20)}` },
    [],
  ]) {
    const { status, json } = await post('profiles', body);
    assert.is(status, 400);
    assert.match(json.error, 'expected a body like');
  }
  assert.equal(queries, []);
});

test('a camera is asked by the login that is given, and only one that was found', async () => {
  const { herd, queries, post } = testApi();
  const { status, json } = await post('profiles', { url: URL_HERE, user: 'admin', password: 'pass-word' });
  assert.equal([status, json], [200, profiles]);
  assert.equal(cameraProfilesSchema.parse(json), json);
  assert.is(herd.log.at(-1)?.why, `the camera at ${URL_HERE} is asked what it sends`);
  await post('profiles', { url: URL_HERE });
  assert.equal(queries, [
    [URL_HERE, { user: 'admin', password: 'pass-word' }],
    [URL_HERE, undefined],
  ]);
  const other = await post('profiles', { url: 'http://10.6.6.6/', user: 'admin', password: 'pass-word' });
  assert.equal(
    [other.status, other.json.error],
    [404, 'this server has found no camera there: look for cameras again'],
  );
  const refused = {
    ok: false,
    failure: { kind: 'login', message: 'the camera refuses this user and password' },
  } as const;
  const api = testApi({ profiles: async () => refused });
  assert.equal((await api.post('profiles', { url: URL_HERE })).json, cameraProfilesSchema.parse(refused));
});

test('one that is busy is asked again later, and a server without a network says so', async () => {
  const full = () => Promise.reject(new GateFullError('0 wait already'));
  const { herd, post } = testApi({ search: full, profiles: full });
  assert.is((await post('search', {})).status, 503);
  assert.is((await post('profiles', { url: URL_HERE })).status, 503);
  assert.equal(herd.log, [], 'what is refused is no event');
  const alone = testApi({ search: async () => ({ cameras: [], remarks: ['No way.'], isAsked: false }) });
  assert.equal(await alone.post('search', {}), { status: 409, json: { error: 'No way.' } });
});

test.run();
