import { appendFile, readFile, writeFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/reload', { deadlineMs: 140_000 });

test('SIGHUP applies the stream blocks and the users of the file; a file with an error changes nothing', () =>
  withHerd({ servers: 2, cameras: 1 }, async (herd) => {
    const { configFile, name } = herd.server('s1');
    const settings = await readFile(configFile, 'utf8');
    const reload = async (streams: string) => {
      await writeFile(configFile, `${settings}\n${streams}`);
      herd.server('s1').kill('SIGHUP');
    };
    const titleOf = async (stream: string) =>
      (await herd.streams()).find((candidate) => candidate.name === stream)?.title;

    await reload('stream gate { input test:; title "One"; }');
    await eventually('it is added', async () => (await herd.stream('gate')).state === 'live', { deadlineMs: 30_000 });

    // Again and again, as impatient operators do: what the file says last is what holds.
    for (const title of ['Two', 'Three', 'Four']) await reload(`stream gate { input test:; title "${title}"; }`);
    await eventually('it is changed', async () => (await titleOf('gate')) === 'Four');

    await appendFile(configFile, '\nstream broken { inptu test:; }\nstream more { input test:; }\n');
    herd.server('s1').kill('SIGHUP');
    await eventually('the error is told', () => herd.server('s1').log.includes('the streams stay as they are'));
    assert.match(herd.server('s1').log, /did you mean "input"/);
    assert.equal((await herd.streams()).map((stream) => stream.name).sort(), ['cam1', 'gate']);

    const { url } = herd.server('s1');
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
    await eventually('it is removed', async () => (await herd.streams()).length === 1);
    assert.is((await herd.stream('cam1')).state, 'live', 'what others published is never touched');
    assert.equal(herd.bus.eventsOf('stream-live', 'cam1').length, 1);
    assert.not.match(herd.server(name).log, /was not applied/);
  }));

test.run();
