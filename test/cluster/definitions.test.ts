import { appendFile, readFile, writeFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { startCameras } from '../../src/demo/cameras/camera-server.ts';
import { makeClip } from '../../src/demo/cameras/clip.ts';
import { eventually } from '../support/eventually.ts';
import { codecsOf } from '../support/ffmpeg-actor.ts';
import { herdSuite } from '../support/herd-suite.ts';

const test = herdSuite('cluster/definitions', { servers: 2, cameras: 3, timing: { return_after: '250ms' } });

test('published with a NATS client alone: captured; garbage changes nothing; removed: stopped', async (herd) => {
  await herd.bus.remove('cam3');
  await eventually('cam3 is no more pulled', async () => (await herd.cameras.countsOf('cam3')).live === 0);
  await eventually('no server knows cam3', async () => {
    const views = await Promise.all(herd.servers.map((server) => server.streams()));
    return views.every((view) => view.every(({ name }) => name !== 'cam3'));
  });
  assert.is((await herd.bus.where('cam3')).code, 404);
  await eventually('an event tells the refusal', () => herd.bus.eventsOf('definition-removed', 'cam3').length > 0);

  await herd.cameras.resetCounts();
  await herd.bus.put('cam3', `{"url": "${herd.cameras.url('cam3')}"}`);
  await eventually('cam3 is pulled', async () => (await herd.cameras.countsOf('cam3')).live === 1, {
    deadlineMs: 5000,
  });
  await herd.whole();

  const before = await herd.stream('cam3');
  for (const [number, garbage] of ['{"inputs": [', '{"inputs": []}', '{"url": "file:///etc/passwd"}'].entries()) {
    await herd.bus.put('cam3', garbage);
    await eventually('it is refused', () => herd.bus.eventsOf('definition-refused', 'cam3').length > number);
  }
  const refused = await eventually('its status says why', async () => {
    const stream = await herd.stream('cam3');
    return stream.refused !== undefined && stream;
  });
  assert.equal([refused.state, refused.server, refused.epoch], ['live', before.server, before.epoch]);
  assert.equal([(await herd.cameras.countsOf('cam3')).total, await herd.pulledTwice()], [1, []]);

  await herd.bus.put('cam3', { inputs: [herd.cameras.url('cam3')], title: 'Gate 3' });
  await eventually('the good definition is in force', async () => {
    const { title, refused: why } = await herd.stream('cam3');
    return title === 'Gate 3' && why === undefined;
  });
  await herd.bus.put('cam3', { inputs: [herd.cameras.url('cam3')], disabled: true });
  await eventually('a disabled one is stopped', async () => (await herd.stream('cam3')).state === 'stopped');
  await eventually('and not pulled', async () => (await herd.cameras.countsOf('cam3')).live === 0);
  assert.equal(await herd.pulledTwice(), []);
});

test('SIGHUP applies the stream blocks and the users of the file; a file with an error changes nothing', async (herd) => {
  const { configFile, url } = herd.server('s1');
  const settings = await readFile(configFile, 'utf8');
  const reload = async (streams: string) => {
    await writeFile(configFile, `${settings}\n${streams}`);
    herd.server('s1').kill('SIGHUP');
  };
  const titleOf = async (stream: string) =>
    (await herd.streams()).find((candidate) => candidate.name === stream)?.title;
  await herd.cameras.resetCounts();

  await reload('stream gate { input test:; title "One"; }');
  await eventually('it is added', async () => (await herd.stream('gate')).state === 'live', { deadlineMs: 30_000 });

  // Several times in a row, as impatient operators do: the last content of the file is in force.
  for (const title of ['Two', 'Three', 'Four']) await reload(`stream gate { input test:; title "${title}"; }`);
  await eventually('it is changed', async () => (await titleOf('gate')) === 'Four');

  await appendFile(configFile, '\nstream broken { inptu test:; }\nstream more { input test:; }\n');
  herd.server('s1').kill('SIGHUP');
  await eventually('the error is told', () => herd.server('s1').log.includes('the streams stay as they are'));
  assert.match(herd.server('s1').log, /did you mean "input"/);
  assert.equal((await herd.streams()).map((stream) => stream.name).sort(), [...herd.names, 'gate']);

  const asAnna = { headers: { Authorization: `Basic ${btoa('anna:battery-staple')}` } };
  const statusOf = async (path: string, init: RequestInit = {}) => (await fetch(`${url}${path}`, init)).status;
  assert.is(await statusOf('/api/v1/streams'), 200);
  await reload('view_auth anna battery-staple;');
  await eventually('strangers see nothing', async () => (await statusOf('/api/v1/streams')) === 401);
  await eventually('not the page either', async () => (await statusOf('/')) === 401);
  assert.equal([await statusOf('/api/v1/streams', asAnna), await statusOf('/', asAnna)], [200, 200]);

  await reload('');
  await eventually('strangers see things again', async () => (await statusOf('/api/v1/streams')) === 200);
  assert.is((await fetch(`${url}/api/v1/streams/gate`, { method: 'DELETE', ...asAnna })).status, 401);
  await eventually('it is removed', async () => (await herd.streams()).length === herd.names.length);
  await herd.whole();
  const counts = Object.values(await herd.cameras.counts());
  assert.ok(
    counts.every(({ total }) => total === 1),
    'what others published is never touched',
  );
  assert.not.match(herd.server('s1').log, /was not applied/);
});

test('G.711 is heard as AAC without a word in the definition, and the next owner knows of it', async (herd) => {
  const clip = await makeClip({ seconds: 2, size: '320x180', kbps: 200, audio: 'mulaw' });
  await using cameras = await startCameras({ cameras: ['gate'], clip });
  await herd.bus.put('gate', { inputs: [cameras.url('gate')] });
  const live = (at?: string) =>
    eventually(`gate is live on ${at ?? 'any server'}, and every server knows its sound`, async () => {
      const views = await Promise.all(herd.servers.map(async (server) => server.streams()));
      const gates = views.map((view) => view.find(({ name }) => name === 'gate'));
      const [one] = gates;
      const agree = gates.every((gate) => gate?.state === 'live' && gate.sound === 'pcm_mulaw');
      return agree && (at ?? one?.server) === one?.server && one;
    });
  const { server: first, epoch, remark } = await live();
  assert.is(remark, undefined, 'nothing of it is lost');
  assert.equal([cameras.counts('gate').total, herd.bus.eventsOf('stream-source-error', 'gate')], [2, []]);
  const [told] = await eventually('an event says so', () => {
    const events = herd.bus.eventsOf('stream-restarted', 'gate');
    return events.length > 0 && events;
  });
  assert.match(told?.why ?? '', /pcm_mulaw.*AAC/);

  const next = herd.servers.find(({ name }) => name !== first);
  await herd.move('gate', next?.name ?? '');
  const moved = await eventually('the move', async () => {
    const status = await live(next?.name);
    return status.epoch !== epoch && status;
  });
  const { peak, total } = cameras.counts('gate');
  assert.equal([peak, total], [1, 3], `moved to ${moved.server} by one pull`);
  const codecs = await eventually('a segment', async () => {
    const list = await (await fetch(`${next?.url}/gate/video.m3u8`)).text();
    const segment = list.split('\n').findLast((line) => line !== '' && !line.startsWith('#'));
    return segment !== undefined && codecsOf(new URL(segment, `${next?.url}/gate/`).href);
  });
  assert.equal(codecs, ['aac', 'h264']);
});

test('servers whose names are in no DNS reach each other by public_url alone', async (herd) => {
  const owner = herd.server(await herd.ownerOf('cam1'));
  const other = herd.servers.find((server) => server !== owner);
  const answer = await eventually('the other one has the list of the owner', async () => {
    const response = await fetch(`${other?.url}/cam1/video.m3u8`);
    return response.status === 200 && response.text();
  });
  assert.match(answer, `${owner.url}/cam1/`, 'its segments are fetched from the owner');
});

test.run();
