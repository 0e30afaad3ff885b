import * as assert from 'uvu/assert';
import { Cameras } from '../../src/onvif/cameras.ts';
import { eventually } from '../support/eventually.ts';
import { type CameraWays, fault, onvifCamera, probeMatch, soap, type TestCamera } from '../support/onvif-camera.ts';
import { suite } from '../support/suite.ts';

const test = suite('onvif/cameras');

const login = { user: 'admin', password: 'pass-word' };
const forEver = new AbortController().signal;
const HOST = { address: '127.0.0.1' };

/** Finds the camera by a probe sent to it alone. The answers come at once; the search waits for its whole second. */
async function foundAt(camera: TestCamera, limits: { withinMs?: number; altogetherMs?: number } = {}) {
  const cameras = new Cameras({ place: { group: '127.0.0.1', port: camera.udpPort }, ...limits });
  const search = await cameras.search({ seconds: 0.2, hosts: [{ ...HOST, port: camera.httpPort }] }, forEver);
  return { cameras, search };
}

async function profilesBy(ways: CameraWays, limits = {}) {
  await using camera = await onvifCamera(ways);
  const { cameras } = await foundAt(camera, limits);
  const heard = camera.heard.length;
  const asked = camera.asked.length;
  const said = await cameras.profiles(camera.url, login, forEver);
  assert.ok(said, 'it was found');
  assert.not.match(JSON.stringify([said, camera.heard.slice(heard)]), login.password);
  return { said, asked: camera.asked.slice(asked), camera };
}

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.unreachable('it is rejected'),
    (error: Error) => error.message,
  );

test('a probe by multicast finds a camera on the interface that is asked', async () => {
  // A group of its own: other tests may look for cameras at the same time.
  const group = '239.255.77.83';
  await using camera = await onvifCamera({ group });
  const cameras = new Cameras({ place: { group, port: camera.udpPort } });
  const search = await cameras.search({ seconds: 0.5, from: '127.0.0.1', hosts: [] }, forEver);
  assert.equal(search, {
    cameras: [
      { address: '127.0.0.1', url: camera.url, name: 'Gate 3 north', maker: '', hardware: 'DX-20', location: 'yard' },
    ],
    remarks: [],
    isAsked: true,
  });
  const nowhere = await cameras.search({ seconds: 0.1, from: '203.0.113.9', hosts: [] }, forEver);
  assert.equal(nowhere, {
    cameras: [],
    remarks: [`${group} could not be asked from 203.0.113.9: this machine has no such address.`],
    isAsked: false,
  });
});

test('with a login a camera says its profiles: also with a clock that is an hour off, and with the login by HTTP', async () => {
  for (const ways of [
    { login, clockAheadMs: 3_600_000, prefix: 's' },
    { login, reads: 'digest', clockAheadMs: -3_600_000, prefix: 'env' },
    {},
  ] as const) {
    const { said, asked } = await profilesBy(ways);
    assert.equal(
      said,
      {
        ...{ ok: true, maker: 'Dexter', hardware: 'DX-20', remarks: [] },
        profiles: [
          {
            token: 'sub',
            name: 'Small',
            codec: 'H264',
            width: 640,
            height: 360,
            fps: 25,
            kbps: 4096,
            url: 'rtsp://127.0.0.1:554/sub?a=1&b=2',
          },
          {
            token: 'main',
            name: 'Large',
            codec: 'H265',
            width: 3840,
            height: 2160,
            fps: 25,
            kbps: 4096,
            url: 'rtsp://127.0.0.1:554/main?a=1&b=2',
          },
        ],
      },
      JSON.stringify(ways),
    );
    assert.ok(asked.length <= 7, 'a nonce is used for more than one question');
  }
});

test('a user that may not ask for the model still gets the profiles; a wrong password is said once', async () => {
  const forbidden = { status: 400, text: soap(fault('ter:NotAuthorized', 'no')) };
  const { said } = await profilesBy({ answers: { GetDeviceInformation: forbidden, GetSystemDateAndTime: forbidden } });
  assert.ok(said.ok && said.maker === '' && said.profiles.length === 2);
  const wrong = await profilesBy({ login: { user: 'admin', password: 'other' } });
  assert.equal(wrong.asked, ['GetSystemDateAndTime', 'GetServices']);
});

test('a camera without the newer service, or whose newer one fails, is asked by the older one', async () => {
  const none = { status: 500, text: '<a><Body><Fault><Reason><Text>no such action</Text></Reason></Fault></Body></a>' };
  const older = {
    token: 'old_1',
    name: 'Main',
    codec: 'H264',
    width: 1920,
    height: 1080,
    fps: 25,
    kbps: 4096,
    url: 'rtsp://127.0.0.1:554/old_1?a=1&b=2',
  };
  const { said } = await profilesBy({ login, answers: { GetServices: none, GetDeviceInformation: none } });
  assert.equal(said, { ok: true, maker: '', hardware: '', profiles: [older], remarks: [] });
});

test('what it names at other hosts is asked, and proposed, at its own', async () => {
  const service =
    '<GetCapabilitiesResponse><Capabilities><Media><XAddr>http://10.6.6.6:99/onvif/media?x</XAddr></Media></Capabilities></GetCapabilitiesResponse>';
  const answers = {
    ...{ GetServices: '<GetServicesResponse/>', GetCapabilities: service },
    GetStreamUri:
      '<GetStreamUriResponse><MediaUri><Uri>rtsp://a:b@camera.example:8554/x%20y?z="1"</Uri></MediaUri></GetStreamUriResponse>',
  };
  const { said } = await profilesBy({ login, answers });
  assert.ok(said.ok);
  assert.equal(
    said.profiles.map(({ url }) => url),
    ['rtsp://127.0.0.1:8554/x%20y?z=%221%22'],
  );
  assert.equal(said.remarks, ['Main: it names the host camera.example for its stream, and 127.0.0.1 is proposed']);
  for (const uri of [
    'file:///etc/passwd',
    'http://127.0.0.1/x',
    '',
    'rtsp:',
    'x'.repeat(3000),
    `rtsp://127.0.0.1/${'x'.repeat(3000)}`,
  ]) {
    const { said: bad } = await profilesBy({
      login,
      answers: { ...answers, GetStreamUri: `<GetStreamUriResponse><Uri>${uri}</Uri></GetStreamUriResponse>` },
    });
    assert.ok(bad.ok && bad.profiles.length === 0 && bad.remarks.length === 1, uri.slice(0, 40));
  }
});

test('a wrong login, a refusal, and an answer of no use are told as such', async () => {
  const kindOf = async (ways: CameraWays) => {
    const { said } = await profilesBy(ways);
    return said.ok ? 'ok' : said.failure.kind;
  };
  const other = { user: 'admin', password: 'other' };
  assert.is(await kindOf({ login: other }), 'login');
  assert.is(await kindOf({ login: other, reads: 'digest' }), 'login');
  assert.is(await kindOf({ answers: { GetProfiles: '<GetProfilesResponse/>' } }), 'refused');
  assert.is(await kindOf({ answers: { GetProfiles: { status: 302, text: '' } } }), 'not-understood');
  assert.is(await kindOf({ answers: { GetProfiles: '<!DOCTYPE x [<!ENTITY a "b">]>' } }), 'not-understood');
  assert.is(await kindOf({ answers: { GetProfiles: 'x'.repeat(300 * 1024) } }), 'not-understood');
  assert.is(await kindOf({ answers: { GetProfiles: '<a>'.repeat(50_000) } }), 'not-understood');
});

test('endless, dripping and silent answers end at their time; only what was found is asked; a client that leaves ends it', async () => {
  let open = 0;
  const slow: CameraWays['perform'] = (request, response) => {
    open += 1;
    response.on('close', () => (open -= 1));
    request.resume();
    response.writeHead(200);
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drip));
  };
  const endless: CameraWays['perform'] = (request, response) => {
    request.resume();
    response.writeHead(200);
    const pump = () => {
      while (response.write('x'.repeat(65_536)));
      response.once('drain', pump);
    };
    response.on('error', () => undefined);
    pump();
  };
  for (const [perform, kind] of [
    [slow, 'timeout'],
    [() => undefined, 'timeout'],
    [endless, 'not-understood'],
    [(_, response) => void response.destroy(), 'unreachable'],
  ] as readonly (readonly [CameraWays['perform'], string])[]) {
    await using camera = await onvifCamera({ perform: perform ?? (() => undefined) });
    const { cameras, search } = await foundAt(camera, { withinMs: 300, altogetherMs: 2000 });
    assert.is(search.cameras.length, 1, 'it has answered the probe');
    const said = await cameras.profiles(camera.url, login, forEver);
    assert.ok(said && !said.ok);
    assert.is(said.failure.kind, kind);
  }
  await eventually('all connections are closed', () => open === 0);

  await using camera = await onvifCamera({ perform: slow });
  const { cameras } = await foundAt(camera, { withinMs: 60_000 });
  assert.is(await cameras.profiles(`${camera.url}/x`, login, forEver), undefined);
  const leaving = new AbortController();
  const asking = cameras.profiles(camera.url, login, leaving.signal);
  await eventually('it is asked', () => open > 0);
  leaving.abort(new Error('left'));
  assert.is(await rejection(asking), 'left');
  await eventually('the connection is closed', () => open === 0);
});

test('one search at a time; given up when its client leaves', async () => {
  await using camera = await onvifCamera();
  const cameras = new Cameras({ place: { group: '127.0.0.1', port: camera.udpPort } });
  const leaving = new AbortController();
  const first = cameras.search({ seconds: 30, hosts: [HOST] }, leaving.signal);
  const begin = () => assert.unreachable('it does not begin');
  assert.is(await rejection(cameras.search({ seconds: 30, hosts: [HOST] }, forEver, begin)), '0 wait already');
  leaving.abort(new Error('left'));
  assert.is(await rejection(first), 'left');
  const next = await eventually('the place is free', () => cameras.search({ seconds: 0.1, hosts: [HOST] }, forEver));
  assert.is(next.cameras.length, 1);
});

test('an address that an operator names is asked by HTTP where it answers no probe; rubbish by UDP is no answer', async () => {
  await using mute = await onvifCamera({
    login,
    datagrams: () => ['', 'x', '\0'.repeat(60_000), probeMatch('other', 'http://127.0.0.1/')],
  });
  const { cameras, search } = await foundAt(mute);
  assert.equal(
    search.cameras.map(({ url, remark }) => [url, remark]),
    [[mute.url, 'It answers no probe: it is asked at the address that every ONVIF device has.']],
  );
  assert.ok((await cameras.profiles(mute.url, login, forEver))?.ok);
  await using page = await onvifCamera({
    datagrams: () => [],
    perform: (_, response) => void response.end('<html></html>'),
  });
  const none = await foundAt(page);
  assert.equal(none.search, { cameras: [], remarks: ['127.0.0.1 does not answer as a camera.'], isAsked: true });
});

test('cameras behind a router with a port for each are found by their ports, and one camera is not told twice', async () => {
  const inside = (id: string) => [probeMatch(id, 'http://192.168.1.10/onvif/device_service')];
  await using one = await onvifCamera({ datagrams: inside });
  await using other = await onvifCamera();
  const cameras = new Cameras({ place: { group: '127.0.0.1', port: one.udpPort } });
  const hosts = [one, other].map(({ httpPort }) => ({ ...HOST, port: httpPort }));
  const { cameras: found } = await cameras.search({ seconds: 0.2, hosts }, forEver);
  assert.equal(
    found.map(({ url }) => url),
    [one.url, other.url],
  );
  await using both = await onvifCamera();
  const { search } = await foundAt(both);
  assert.equal(
    search.cameras.map(({ name }) => name),
    ['Gate 3 north'],
  );
});

test.run();
