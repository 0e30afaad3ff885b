import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { freePorts } from '../../src/demo/free-ports.ts';
import { ServerProcess } from '../../src/demo/server-process.ts';
import { streamherdHere } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('cluster/archive-operating', { deadlineMs: 140_000 });
const START = { deadlineMs: 30_000, everyMs: 50 };

interface Listed {
  readonly servers: readonly { readonly streams: readonly { readonly stream: string; readonly recorded: boolean }[] }[];
}
interface Shown {
  readonly servers: readonly {
    readonly kept: readonly { readonly id: string }[];
    readonly packs: readonly {
      readonly file: string;
      readonly from: string;
      readonly until: string;
      readonly why?: string;
    }[];
  }[];
}

test('what a real server records is listed, kept, handed on, exported and verified; a byte that its disk has lost is found', async () => {
  await using folder = await tempFolder();
  const [port] = await freePorts(1);
  const configFile = join(folder.path, 'lone.conf');
  const handedOn = join(folder.path, 'handed-on');
  const script = `echo "$STREAMHERD_STREAM $STREAMHERD_SHA256 $1" >> ${handedOn}`;
  const settings = [
    ...[`server_name s1;`, `http 127.0.0.1:${port};`, `data_dir "${join(folder.path, 'data')}";`, 'cluster_key key;'],
    `recording { sync 1s; on_pack sh -c '${script}' sh "{media}"; }`,
    'stream cam1 { input test:; dvr 1d; }',
  ];
  await writeFile(configFile, settings.join('\n'));
  const server = new ServerProcess({ configFile, onEnd: () => {} });
  const url = `http://127.0.0.1:${port}`;
  const shell = (...argv: string[]) => streamherdHere([...argv, '-c', configFile]);
  const json = async <Answer>(...argv: string[]) => {
    const { code, out, err } = await shell(...argv, '--json');
    assert.is(code, 0, `${argv}: ${err}`);
    return JSON.parse(out) as Answer;
  };
  server.start();
  try {
    await eventually('it is ready', async () => (await fetch(`${url}/readyz`)).ok, START);
    await eventually('it records', async () => /cam1 +s1 .* now /.test((await shell('archive', 'ls')).out), START);
    await eventually('some segments are recorded', () => isRecordedFor(url, 6), START);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /streamherd_archive_root_up\{root="[^"]*",server="s1"\} 1/);
    assert.match(metrics, /streamherd_archive_stream_recorded_seconds_total\{stream="cam1",server="s1"\} \d/);

    // Its recordings stay, and its pack ends.
    assert.is((await shell('streams', 'rm', 'cam1')).code, 0);
    // An event is there when the bus has taken it.
    const told = (line: RegExp) =>
      eventually(`an event like ${line}`, async () => line.test((await shell('events')).out));
    const said = await eventually('its pack is handed on', async () => {
      return (await readFile(handedOn, 'utf8').catch(() => '')).trim() || undefined;
    });
    const [stream = '', sha256 = '', media = ''] = said.split(' ');
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.ok((await stat(media)).size > 0);
    await told(/ archive-pack-closed +cam1 /);
    const [listed] = (await json<Listed>('archive', 'ls', stream)).servers;
    assert.equal(
      listed?.streams.map((one) => [one.stream, one.recorded]),
      [['cam1', false]],
    );

    const [pack] = (await json<Shown>('archive', 'show', 'cam1')).servers[0]?.packs ?? [];
    assert.equal([pack?.file, pack?.why === undefined], [media, false]);
    const from = pack?.from ?? '';
    const kept = await json<{ id: string }>('archive', 'keep', 'cam1', from, '10m', '--note', 'a test');
    assert.match((await shell('archive', 'show', 'cam1')).out, `kept ${kept.id}`);
    assert.is((await shell('archive', 'unkeep', 'cam1', kept.id)).code, 0);
    await told(/ operator-acted +cam1 +its kept time \w+ is released/);

    const file = join(folder.path, 'whole.ts');
    const seconds = String(Math.ceil((Date.parse(pack?.until ?? '') - Date.parse(from)) / 1000));
    const exported = await shell('archive', 'export', 'cam1', from, seconds, file);
    assert.is(exported.code, 0, exported.err);
    assert.is((await stat(file)).size, (await stat(media)).size);
    const well = await shell('archive', 'verify', '--wait');
    assert.equal([well.code, /1 of 1 packs are read, 0 have/.test(well.out)], [0, true], well.err);

    const bytes = await readFile(media);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await writeFile(media, bytes);
    const rotten = await shell('archive', 'verify', 'cam1', '--wait');
    assert.equal([rotten.code, /1 have rotten parts/.test(rotten.err)], [1, true], rotten.err);
    await told(/ pack-rotten +cam1 .*1 segment of /);
    assert.match((await shell('archive', 'show', 'cam1')).out, / rotten +1 segments of /);
    const rest = join(folder.path, 'rest.ts');
    await shell('archive', 'export', 'cam1', from, seconds, rest);
    assert.ok((await stat(rest)).size < bytes.length, 'without the segment that is rotten');
    assert.ok((await readdir(join(folder.path, 'data'))).includes('archive-on-pack'));
  } catch (error) {
    console.error(server.log.join('\n'));
    throw error;
  } finally {
    await server.killAll();
  }
});

async function isRecordedFor(url: string, seconds: number): Promise<boolean> {
  const response = await fetch(`${url}/cam1/recording_status.json`);
  if (!response.ok) return false;
  const [status] = (await response.json()) as { ranges: { duration: number }[] }[];
  return (status?.ranges ?? []).reduce((sum, { duration }) => sum + duration, 0) >= seconds;
}

test.run();
