import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseStreamName, type StreamName } from '../domain/definition/stream-name.ts';
import { natsServerBinary } from '../nats/own-server/nats-server-binary.ts';
import { startOwnNatsServer } from '../nats/own-server/own-nats-server.ts';
import { type CameraProcess, startCameraProcess } from './cameras/camera-process.ts';
import { type PublishedDefinition, publishDefinitions } from './definitions.ts';
import { DemoServer } from './demo-server.ts';
import { portsFrom } from './free-ports.ts';
import { askHerd, type HerdPicture, pictureOf } from './herd-picture.ts';
import { faultTexts } from './picture-text.ts';
import { readKeys, Screen } from './screen.ts';
import { serverConfigText, webUrl } from './server-config.ts';

const DEFAULT_PORT = 8081;
const REFRESH_MS = 500;
const EDIT_AUTH = { user: 'admin', password: 'demo-demo' };
/** A minute, so that the second in the picture is that of the clock. */
const CLIP = { seconds: 60, fps: 10, gop: 10, size: '480x270', kbps: 300 } as const;
const CTRL_C = '\x03';

export interface DemoOptions {
  readonly servers: number;
  readonly cameras: number;
  /** HTTP port of the first server; the others follow. `undefined`: 8081 and on, or free ones when these are taken. */
  readonly port: number | undefined;
  /** The demo ends after this time, and then says whether all went well. */
  readonly seconds: number | undefined;
}

/**
 * `streamherd demo`: a herd with test cameras on this machine. Ends with Ctrl-C, `q`, SIGTERM or after `--seconds`, and
 * leaves neither process nor file.
 *
 * @returns the exit code: 0 done, 1 failed.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await demonstrate(options, stop);
  } catch (error) {
    if (stop.signal.aborted) return 0;
    process.stderr.write(`the demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

async function demonstrate(options: DemoOptions, stop: AbortController): Promise<number> {
  const screen = new Screen(process.stdout);
  screen.say(`Starting a NATS server, ${options.cameras} test cameras and ${options.servers} servers …`);
  await using folder = await ownFolder();
  const token = randomBytes(16).toString('hex');
  const dataDir = join(folder.path, 'nats');
  await using nats = await startOwnNatsServer({
    binary: natsServerBinary(),
    dataDir,
    clusterKey: token,
    log: () => {},
  });
  const names = cameraNames(options.cameras);
  await using cameras = await startCameraProcess({ cameras: names, clip: CLIP, distinct: true });
  stop.signal.throwIfAborted();
  const natsUrl = nats.url.replace('//', `//${token}@`);
  await using herd = await startServers(options, folder.path, natsUrl, token);
  await Promise.all(herd.servers.map((server) => server.ready(stop.signal)));
  await publishDefinitions(nats.url, token, definitionsOf(names, cameras, herd.servers));
  screen.say(introduction(herd.servers, names));

  const picture = await watch({ seconds: options.seconds, screen, stop, cameras, servers: herd.servers });
  screen.say('Stopping …');
  if (options.seconds === undefined || picture === undefined) return 0;
  const faults = faultTexts(picture, names.length);
  for (const fault of faults) screen.say(fault);
  return faults.length === 0 ? 0 : 1;
}

interface Watched extends Pick<DemoOptions, 'seconds'> {
  readonly screen: Screen;
  readonly stop: AbortController;
  readonly cameras: CameraProcess;
  readonly servers: readonly DemoServer[];
}

/** Shows the state until it is told to stop. @returns the last picture. */
async function watch({ screen, stop, cameras, servers, seconds }: Watched): Promise<HerdPicture | undefined> {
  using _keys = readKeys(process.stdin, (key) => {
    if (key === 'q' || key === CTRL_C) stop.abort();
    else void servers[Number(key) - 1]?.toggle();
  });
  const endMs = performance.now() + (seconds ?? Number.POSITIVE_INFINITY) * 1000;
  let picture: HerdPicture | undefined;
  while (!stop.signal.aborted && performance.now() < endMs) {
    const known = servers.map((server) => server.known);
    const answer = await askHerd(known.filter(({ pid }) => pid !== undefined).map(({ url }) => url));
    picture = pictureOf(known, answer, await cameras.counts(), Date.now());
    screen.show(picture);
    await pause(REFRESH_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  return picture;
}

async function startServers(options: DemoOptions, folder: string, natsUrl: string, clusterKey: string) {
  const ports = await portsFrom(options.port ?? DEFAULT_PORT, options.servers);
  const peers = ports.map((port, index) => ({ name: `s${index + 1}`, port }));
  const servers: DemoServer[] = [];
  for (const { name, port } of peers) {
    const configFile = join(folder, `${name}.conf`);
    const dataDir = join(folder, name);
    await mkdir(dataDir, { recursive: true });
    const config = { name, port, natsUrls: [natsUrl], dataDir, clusterKey, editAuth: EDIT_AUTH, peers };
    await writeFile(configFile, serverConfigText(config), { mode: 0o600 });
    servers.push(new DemoServer(name, webUrl(port), configFile));
  }
  for (const server of servers) server.start();
  return {
    servers,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}

function cameraNames(count: number): StreamName[] {
  const names = Array.from({ length: count }, (_, index) => `cam${String(index + 1).padStart(2, '0')}`);
  return names.flatMap((name) => parseStreamName(name) ?? []);
}

/** Demos may be left running: of each camera an hour is kept, and no more than this. */
const DVR = { keep: '1h', max_bytes: '500M' };

/** The first two are pinned, to the first two servers. */
function definitionsOf(
  names: readonly StreamName[],
  cameras: CameraProcess,
  servers: readonly DemoServer[],
): Map<StreamName, PublishedDefinition> {
  return new Map(
    names.map((name, index) => {
      const host = index < 2 ? servers[index]?.name : undefined;
      const pin = host === undefined ? {} : { capture_at: host };
      return [name, { inputs: [cameras.url(name)], title: `Test camera ${index + 1}`, dvr: DVR, ...pin }];
    }),
  );
}

function introduction(servers: readonly DemoServer[], names: readonly StreamName[]): string {
  const url = servers[0]?.url;
  const digits = servers.length === 1 ? '1' : `1 to ${servers.length}`;
  const keys = process.stdin.isTTY
    ? [
        `  Press ${digits}: that server is killed with all its processes, like a host that loses power. It starts again`,
        '  after 10 s, or when you press the key once more.',
        '  Press q or Ctrl-C: everything ends, and nothing is left.',
      ]
    : ['  Ctrl-C or SIGTERM ends everything and leaves nothing.'];
  return [
    '',
    `  Dashboard  ${url}/   (every server has it; to change things: ${EDIT_AUTH.user}, ${EDIT_AUTH.password})`,
    `  Camera     ${url}/${names[0]}/embed.html   (from the server that captures it)`,
    `  Recorded   ${url}/${names[0]}/embed.html?dvr   (from all servers that have a part of it)`,
    '',
    ...keys,
    '  To crash one from another terminal: kill -9 PID. Its warden starts it again at once.',
    '',
  ].join('\n');
}

async function ownFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'streamherd-demo-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  };
}
