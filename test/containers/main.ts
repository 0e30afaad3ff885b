/**
 * `npm run containers [-- OPTION…]`: the image is built by podman with these options, and the three servers and three NATS of compose.yaml
 * run, fail and stop as containers. It needs podman, and the images that both files name; ports 8081 to 8083 have to be free. Ends with
 * exit code 1 at the first thing that is not as it should be.
 */
import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import type { StreamStatus } from '../../src/domain/status.ts';
import { parseMediaPlaylist } from '../../src/media/playlist.ts';
import { eventually } from '../support/eventually.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { buildOf, type ComposeFile, readComposeFile } from './compose-file.ts';
import { ComposedContainers, podman } from './podman.ts';

const STREAM = 'clock';
const SLOWLY = { deadlineMs: 90_000, everyMs: 250 };

const compose = readComposeFile(`h${randomBytes(15).toString('hex')}`);
const servers = Object.keys(compose.services).filter((name) => name.startsWith('s'));

if ((await execa('podman', ['--version'], { reject: false })).failed) {
  console.error('podman is not here: on Debian and Ubuntu, apt-get install podman');
  process.exit(1);
}
await buildImage(compose, process.argv.slice(2));
await using folder = await tempFolder();
await using containers = new ComposedContainers(compose, folder.path);
try {
  await trial();
} catch (error) {
  console.error(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
  for (const name of servers)
    console.error(`--- ${name}\n${(await containers.log(name)).split('\n').slice(-30).join('\n')}`);
  process.exitCode = 1;
}

async function buildImage(file: ComposeFile, options: readonly string[]): Promise<void> {
  const { context, containerfile } = buildOf(file);
  const image = file.services.s01?.image ?? '';
  const args = ['build', '--format=docker', ...options, `--file=${containerfile}`, `--tag=${image}`, context];
  await execa('podman', args, { stdio: 'inherit' });
  const bytes = Number(await podman('image', 'inspect', '--format', '{{.Size}}', image));
  console.log(`image: ${Math.round(bytes / 1e6)} MB`);
}

async function trial(): Promise<void> {
  const began = performance.now();
  await containers.start();
  for (const name of Object.keys(compose.services)) {
    await eventually(`${name} is healthy`, () => containers.isHealthy(name), SLOWLY);
  }
  said('all are healthy', began);
  for (const name of servers) await isConfined(name);
  const first = await owner(() => true);
  await playsEverywhere();
  said(`every server plays ${STREAM}, which ${first} captures`, began);
  await leavesNoOrphans(first);
  await isReplacedWhenKilled(await owner(() => true));
  await handsBackWhenStopped(await owner(() => true));
  await playsEverywhere();
}

/** The server that captures the stream, as any server tells it, once `isExpected` is true of it. */
function owner(isExpected: (server: string) => boolean): Promise<string> {
  return eventually(
    `${STREAM} is live where it is expected`,
    async () => {
      for (const url of servers.map(urlOf)) {
        const answer = await fetch(`${url}/api/v1/streams/${STREAM}`).catch(() => undefined);
        const { status } = ((await answer?.json()) ?? {}) as { readonly status?: StreamStatus };
        if (status?.state === 'live' && status.server !== undefined && isExpected(status.server)) return status.server;
      }
      return undefined;
    },
    SLOWLY,
  );
}

async function playsEverywhere(): Promise<void> {
  for (const name of servers) {
    await eventually(
      `${name} plays ${STREAM}`,
      async () => {
        const parsed = parseMediaPlaylist(await (await fetch(`${urlOf(name)}/${STREAM}/video.m3u8`)).text());
        const newest = parsed.ok ? parsed.playlist.segments.at(-1)?.uri : undefined;
        if (newest === undefined) return undefined;
        const segment = await fetch(new URL(newest, `${urlOf(name)}/${STREAM}/video.m3u8`));
        return segment.ok && (await segment.arrayBuffer()).byteLength > 0;
      },
      SLOWLY,
    );
  }
}

/** What the container's user may do, and what process 1 is. */
async function isConfined(name: string): Promise<void> {
  const found = await containers.evaluate(
    name,
    `import { readFileSync, writeFileSync } from 'node:fs';
     const status = readFileSync('/proc/self/status', 'utf8');
     const writes = (path) => { try { writeFileSync(path, ''); return path; } catch { return ''; } };
     const written = ['/x', '/etc/x', '/usr/lib/streamherd/x', '/tmp/x', '/run/streamherd/x', '/var/lib/streamherd/x'].map(writes);
     const fields = [/^Uid:\\s+(\\d+)/m, /^CapEff:\\s+(\\w+)/m, /^NoNewPrivs:\\s+(\\d)/m].map((field) => field.exec(status)[1]);
     console.log([readFileSync('/proc/1/comm', 'utf8').trim(), ...fields, ...written.filter(Boolean)].join(' '));`,
  );
  assert.is(found, 'tini 10001 0000000000000000 1 /tmp/x /run/streamherd/x /var/lib/streamherd/x', name);
}

/** The server process is killed, and its ffmpegs end with it: process 1 takes all of them in, and the warden starts another server. */
async function leavesNoOrphans(name: string): Promise<void> {
  const before = await processesOf(name);
  const server = before.find(({ parent, command }) => !['0', '1'].includes(parent) && / run -c /.test(command));
  assert.ok(server !== undefined, `${name} has a server process below its warden: ${JSON.stringify(before)}`);
  const ffmpegs = before.filter(({ command }) => command.includes('ffmpeg'));
  assert.ok(ffmpegs.length > 0, `${name} has an ffmpeg`);
  await containers.evaluate(name, `process.kill(${server.id}, 'SIGKILL')`);
  await eventually(
    `the processes of ${name} that were killed are gone, and another server process runs`,
    async () => {
      const now = await processesOf(name);
      const isGone = [server, ...ffmpegs].every(({ id }) => !now.some((process) => process.id === id));
      return isGone && now.every(({ state }) => state !== 'Z') && (await containers.isHealthy(name));
    },
    SLOWLY,
  );
  await owner(() => true);
  console.log(`${name}: a killed server process leaves neither ffmpeg nor zombie, and is replaced`);
}

interface FoundProcess {
  readonly id: string;
  readonly parent: string;
  readonly state: string;
  readonly command: string;
}

async function processesOf(name: string): Promise<readonly FoundProcess[]> {
  const found = await containers.evaluate(
    name,
    `import { readdirSync, readFileSync } from 'node:fs';
     const processes = readdirSync('/proc').filter((id) => /^\\d+$/.test(id) && id !== String(process.pid)).flatMap((id) => {
       try {
         const [, state, parent] = /\\) (\\S) (\\d+) /.exec(readFileSync('/proc/' + id + '/stat', 'utf8'));
         return [{ id, parent, state, command: readFileSync('/proc/' + id + '/cmdline', 'utf8').replaceAll('\\0', ' ') }];
       } catch { return []; }
     });
     console.log(JSON.stringify(processes));`,
  );
  return JSON.parse(found) as readonly FoundProcess[];
}

async function isReplacedWhenKilled(name: string): Promise<void> {
  const began = performance.now();
  await containers.kill(name);
  const next = await owner((server) => server !== name);
  said(`${name} was killed, and ${next} captures`, began);
  await containers.startAgain(name);
  await eventually(`${name} is back`, () => containers.isHealthy(name), SLOWLY);
}

/** SIGTERM by way of tini and the warden. What was recorded is in the volume, and there again after the next start. */
async function handsBackWhenStopped(name: string): Promise<void> {
  const { exitCode, seconds } = await containers.stop(name);
  assert.is(exitCode, 0, `exit code of ${name}`);
  assert.match(await containers.log(name), new RegExp(`hand.*${STREAM}|${STREAM}.*hand`, 'i'));
  const next = await owner((server) => server !== name);
  console.log(`${name} was stopped in ${seconds.toFixed(1)} s with exit code 0, and ${next} captures`);
  await containers.startAgain(name);
  await eventually(`${name} is back`, () => containers.isHealthy(name), SLOWLY);
  const packs = await containers.evaluate(
    name,
    `import { readdirSync } from 'node:fs';
     console.log(readdirSync('/var/lib/streamherd/archive', { recursive: true }).filter((path) => path.includes('${STREAM}/')).length);`,
  );
  assert.ok(Number(packs) > 0, `${name} has kept what it has recorded`);
}

function urlOf(name: string): string {
  return `http://localhost:${compose.services[name]?.ports?.[0]?.split(':')[0]}`;
}

function said(what: string, began: number): void {
  console.log(`${what}: after ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
