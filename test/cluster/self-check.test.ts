import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { freePorts } from '../../src/demo/free-ports.ts';
import { webUrl } from '../../src/demo/server-config.ts';
import { ServerProcess } from '../../src/demo/server-process.ts';
import type { CheckResult } from '../../src/doctor/check.ts';
import { streamherdHere } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { CLUSTER_KEY, withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = suite('cluster/self-check', { deadlineMs: 200_000 });

const IPV6 = '::1';
/** The findings about each server, and the servers that find them. Of s3 the others learn only that its beats port belongs to another program. */
const FAULTS = [
  // Between two servers, where it is unknown which is right, each names the other.
  's1 clock by s2',
  ...['s2 peer-url by s1,s3,s4', 's2 clock by s1,s3', 's3 beats by s1,s2,s4', 's3 live by s3'],
  's4 cluster-key by s1,s2,s3,s4',
];
/** Shown for a minute, as `test/herd/joining/self-check` says: it outlasts the others. */
const NAMESAKE = 's1 server-name by s1';
const AHEAD_S = 3600;
const CLOCK_AHEAD = new URL('../../../test/fixtures/clock-ahead.mjs', import.meta.url);
/** Two looks; all servers are told of what each of them finds. */
const FOUND = { deadlineMs: 60_000, everyMs: 200 };
/** A look, when nothing calls for one. */
const CLEARED = { deadlineMs: 60_000, everyMs: 200 };

async function listening(server: Server, port: number): Promise<AsyncDisposable> {
  await once(server.listen(port, IPV6), 'listening');
  return {
    [Symbol.asyncDispose]: async () => {
      if ('closeAllConnections' in server) (server as ReturnType<typeof createHttpServer>).closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What comes to the port by IPv6 goes to the same port by IPv4. */
function forwarder(port: number): Promise<AsyncDisposable> {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  return listening(server, port);
}

async function problemsOf(herd: TestHerd, name: string): Promise<readonly string[]> {
  const servers = await herd.server(name).servers();
  return servers.flatMap(({ name: about, problems = [] }) =>
    problems.map(({ kind, by }) => `${about} ${kind} by ${by}`),
  );
}

async function everybodySays(herd: TestHerd, wanted: readonly string[]): Promise<boolean> {
  for (const { name } of herd.servers) if ((await problemsOf(herd, name)).join() !== wanted.join()) return false;
  return true;
}

test('a herd finds a dead peer_url, a beats port of another program, another segment duration, a wrong clock, another cluster_key and a namesake; every server tells it, and tells its end', async () => {
  const [dead = 0, beats = 0, http = 0, namesake = 0] = await freePorts(4);
  await using _http = await forwarder(http);
  const stranger = await listening(
    createHttpServer((_, response) => response.end('It works!')),
    beats,
  );
  const otherwise = {
    s2: {
      peerUrl: webUrl(dead),
      env: { NODE_OPTIONS: `--import=${CLOCK_AHEAD}`, CLOCK_AHEAD_MS: `${AHEAD_S * 1000}` },
    },
    // Its beats are heard by IPv4 alone, its name leads to an address of IPv6.
    s3: {
      ...{ port: http, peerUrl: webUrl(http, `[${IPV6}]`), beats: `0.0.0.0:${beats}`, live: { segment: '2s' } },
    },
    s4: { clusterKey: 'another-key-than-the-herds' },
  };
  await withHerd({ servers: 4, cameras: 0, otherwise }, async (herd) => {
    const [s2, s3, s4] = [herd.server('s2'), herd.server('s3'), herd.server('s4')];
    await eventually('every server says what each of them finds', () => everybodySays(herd, FAULTS), FOUND);
    const [ofUrl, ofBeats] = [
      `its peer_url ${webUrl(dead)} cannot be reached: connect ECONNREFUSED`,
      `its beats port ${webUrl(beats, `[${IPV6}]`)} is answered by something else (status 200)`,
    ];
    await isSaidEverywhere(herd, ofUrl, ofBeats);
    const before = await doctorOf(herd, 's1');
    assert.match(
      before.get('herd') ?? '',
      new RegExp(`failure: s2: ${quoted(ofUrl)}.*failure: s3: ${quoted(ofBeats)}`),
    );
    assert.match(before.get('http port') ?? '', /^ok: 127\.0\.0\.1:\d+ is in use, and s1 is running here$/);
    await isToldOfNamesake(herd, namesake);

    await stranger[Symbol.asyncDispose]();
    await using _beats = await forwarder(beats);
    for (const server of [s2, s3, s4]) {
      server.kill('SIGTERM');
      await server.ended();
    }
    s2.configure({ peerUrl: s2.url, env: {} });
    s3.configure({ live: { segment: '1s' } });
    s4.configure({ clusterKey: CLUSTER_KEY });
    await Promise.all([s2.start(), s3.start(), s4.start()]);
    await eventually('nothing else is wrong any more', () => everybodySays(herd, [NAMESAKE]), CLEARED);
    const metrics = await herd.server('s1').metrics();
    assert.is(
      [...metrics.keys()].some((line) => line.startsWith('streamherd_peer_problem{') && !line.includes('server-name')),
      false,
    );
    assert.ok(herd.bus.eventsOf('peer-well').some(({ subject }) => subject === 's3'));
    const after = await doctorOf(herd, 's1');
    // The command line of tests says that it is of another version.
    assert.match(after.get('herd') ?? '', /^warning: s1: it has version 1\.2\.3 where s[234] has version \S+$/);
    assert.match(after.get('nats') ?? '', /^ok: nats-server \S+; every bucket has 1 of 1 copies$/);
  }).finally(() => stranger[Symbol.asyncDispose]());
});

async function isSaidEverywhere(herd: TestHerd, ofUrl: string, ofBeats: string): Promise<void> {
  const [s1] = herd.servers;
  const { out } = await streamherdHere(['servers', '--url', s1?.url ?? '']);
  const notes = out.split('\n').filter((line) => line.startsWith('  ! '));
  const wantedNotes = [
    /clock: its clock is 3\d{3}\.\d s behind that of s2: let NTP set it \(found by s2 for /,
    new RegExp(`peer-url: ${quoted(ofUrl)}`),
    /clock: its clock is 3\d{3}\.\d s ahead of \S.*: let NTP set it \(found by s1, s3 for /,
    new RegExp(`beats: ${quoted(ofBeats)} \\(found by s1, s2, s4 for `),
    /live: it has segment 2s where s[12] has segment 1s \(found by s3 for \d+s\)/,
    /cluster-key: .* \(found by s1, s2, s3, s4 for /,
  ];
  assert.is(notes.length, wantedNotes.length, out);
  for (const [index, wanted] of wantedNotes.entries()) assert.match(notes[index] ?? '', wanted);

  const metrics = await s1?.metrics();
  const problems = [...(metrics ?? [])].filter(([line]) => line.startsWith('streamherd_peer_problem'));
  assert.equal(problems, [
    ['streamherd_peer_problem{peer="s2",kind="peer-url"}', 1],
    ['streamherd_peer_problem{peer="s2",kind="clock"}', 1],
    ['streamherd_peer_problem{peer="s3",kind="beats"}', 1],
    ['streamherd_peer_problem{peer="s4",kind="cluster-key"}', 1],
  ]);
  const offset = metrics?.get('streamherd_peer_clock_offset_seconds{peer="s2"}');
  assert.ok(offset !== undefined && Math.abs(offset - AHEAD_S) < 1, `${offset}`);

  const events = herd.bus.eventsOf('peer-problem').map(({ server, subject = server, detail }) => {
    return `${subject} ${detail?.problem} by ${server}`;
  });
  const wanted = FAULTS.flatMap((fault) => {
    const [what, by = ''] = fault.split(' by ');
    return by.split(',').map((server) => `${what} by ${server}`);
  });
  assert.equal(
    wanted.filter((event) => !events.includes(event)),
    [],
    events.join(),
  );
}

/** What `streamherd doctor` says beside a running server, by the name of each check: `level: why; …`. */
async function doctorOf(herd: TestHerd, name: string): Promise<ReadonlyMap<string, string>> {
  const { out } = await streamherdHere(['doctor', '--json', '-c', herd.server(name).configFile]);
  const { checks } = JSON.parse(out) as { checks: CheckResult[] };
  const said = new Map<string, string>();
  for (const { name: check, level, why } of checks) {
    const before = said.get(check);
    said.set(check, `${before === undefined ? '' : `${before}; `}${level}: ${why}`);
  }
  return said;
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A second s1, with a data folder of its own, is refused; the first one shows it. */
async function isToldOfNamesake(herd: TestHerd, port: number): Promise<void> {
  const { configFile } = herd.server('s1');
  const text = await readFile(configFile, 'utf8');
  const other = join(dirname(configFile), 'second.conf');
  const folder = join(dirname(configFile), 'second');
  await writeFile(
    other,
    text.replace(/^http .*$/m, `http 127.0.0.1:${port};`).replace(/^data_dir .*$/m, `data_dir "${folder}";`),
  );
  const second = new ServerProcess({ configFile: other });
  second.start();
  try {
    await eventually('it is refused', () => second.pid === undefined, FOUND);
  } finally {
    await second.killAll();
  }
  const shown = await eventually('s1 shows it', async () => {
    const servers = await herd.server('s2').servers();
    return servers.find(({ name }) => name === 's1')?.problems?.find(({ kind }) => kind === 'server-name');
  });
  assert.match(shown.why, /^a second server of this name was refused: on host \S+, data folder \S+second$/);
  const [refused] = herd.bus.eventsOf('server-refused');
  assert.match(refused?.why ?? '', /may not join: the name s1 is held by session /);
}

test.run();
