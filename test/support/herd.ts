import { join } from 'node:path';
import { type CameraProcess, startCameraProcess } from '../../src/demo/cameras/camera-process.ts';
import type { ClipOptions } from '../../src/demo/cameras/clip.ts';
import { freePorts } from '../../src/demo/free-ports.ts';
import type { StreamStatus } from '../../src/domain/status.ts';
import { eventually } from './eventually.ts';
import { type HandedBack, HerdBus } from './herd-bus.ts';
import { HerdServer, type HerdServerConfig } from './herd-server.ts';
import { CAMERAS, HostNetwork, LOOPBACK } from './host-network.ts';
import { accountLines } from './nats-accounts.ts';
import { type NatsCluster, type NatsServer, startNatsCluster, startNatsServer } from './nats-server.ts';
import { SmallDisk } from './small-disk.ts';
import { tempFolder } from './temp-folder.ts';

export interface HerdOptions {
  /** Default 3: `s1`, `s2`, … */
  readonly servers?: number;
  /** Default 1. More: a JetStream cluster, and every bucket on three of its nodes. */
  readonly natsNodes?: number;
  /** Default 9: `cam1`, `cam2`, …, each a stream of the same name. */
  readonly cameras?: number;
  /** `{ cam1: 's2' }` */
  readonly captureAt?: Readonly<Record<string, string>>;
  /** Streams that are not published but blocks of a server's configuration file: `{ cam1: 's2' }` */
  readonly inFileOf?: Readonly<Record<string, string>>;
  /** What streams were handed back with before this herd began, as one that is years old: `{ cam1: { nextNumber: 890_000_000 } }` */
  readonly handedBack?: Readonly<Record<string, HandedBack>>;
  /** Words of the `timing` block, over `TIMING`. */
  readonly timing?: Readonly<Record<string, string>>;
  /** Words of the `live` block, over `LIVE`. */
  readonly live?: Readonly<Record<string, string>>;
  /** Over `CLIP`. */
  readonly clip?: ClipOptions;
  /** What the configuration of single servers says otherwise. */
  readonly otherwise?: Readonly<Record<string, Partial<HerdServerConfig>>>;
  /** Every server, with a small disk, and every node of a cluster on a host of its own, `s1`, `n1`, … Only in `runInNamespaces`. */
  readonly hosts?: boolean;
  /** What every server runs at first. Default: what is built. */
  readonly mainFile?: string;
  /** Servers that may open so many files and no more: `{ s2: 256 }` */
  readonly openFiles?: Readonly<Record<string, number>>;
  /** A single NATS server has the accounts of `nats-server.conf`, so that strangers have no rights there. */
  readonly accounts?: boolean;
}

/** What a test does not want to wait for; everything of the membership protocol stays as it is by default. */
const TIMING = { return_after: '2s' };
/** As long as the clip's groups of pictures, so that a capture shows soon. */
const LIVE = { segment: '1s' };
const CLIP = { seconds: 2, size: '320x180', kbps: 200 } as const;
/** Far more than what a herd's live windows take. */
const DISK_MB = 256;
export const CLUSTER_KEY = 'key-of-a-test';
const EDIT_AUTH = { user: 'admin', password: 'password-of-a-test' };
/** Nine ffmpegs start within seconds, on two cores shared with the rest of the test within some more. */
const WHOLE_DEADLINE_MS = 60_000;

/**
 * Runs `body` with a herd: real servers, a real nats-server, cameras that count their pulls. Prints the end of every server's
 * log when it fails. Nothing is left, however it ends.
 */
export async function withHerd(options: HerdOptions, body: (herd: TestHerd) => Promise<void>): Promise<void> {
  await using herd = await startHerd(options);
  try {
    await herd.start(options.mainFile);
    await body(herd);
  } catch (error) {
    for (const server of herd.servers) console.error(`--- the end of the log of ${server.name} ---\n${server.log}`);
    throw error;
  }
}

async function startHerd(options: HerdOptions) {
  const { servers = 3, natsNodes = 1, cameras = 9, captureAt = {}, inFileOf = {}, handedBack = {} } = options;
  const {
    timing = {},
    live = {},
    clip = {},
    hosts = false,
    accounts = false,
    otherwise = {},
    openFiles = {},
  } = options;
  const owned: AsyncDisposable[] = [];
  const own = <T extends AsyncDisposable>(part: T): T => {
    owned.push(part);
    return part;
  };
  const disposeAll = async () => {
    for (const part of owned.reverse()) await part[Symbol.asyncDispose]();
  };
  try {
    const folder = own(await tempFolder());
    const network = hosts ? own(await HostNetwork.of([...named('s', servers), ...named('n', natsNodes)])) : undefined;
    const placeOf = (name: string) => network?.place(name) ?? LOOPBACK;
    const cluster = natsNodes > 1 ? own(await startNatsCluster(natsNodes, placeOf)) : undefined;
    const nats = cluster?.nodes[0] ?? own(await startNatsServer(accounts ? { config: accountLines(CLUSTER_KEY) } : {}));
    const natsUrls = cluster?.urls ?? [nats.url];
    const names = named('cam', cameras);
    const { address: host } = placeOf(CAMERAS);
    const cameraProcess = own(await startCameraProcess({ host, cameras: names, clip: { ...CLIP, ...clip } }));
    const ports = await freePorts(servers);
    const peers = named('s', servers).map((name, index) => {
      return { name, address: placeOf(name).address, port: ports[index] ?? 0 };
    });
    const config = {
      natsUrls,
      clusterKey: CLUSTER_KEY,
      editAuth: EDIT_AUTH,
      peers,
      live: { ...LIVE, ...live },
    };
    const dataDirs = new Map(peers.map(({ name }) => [name, join(folder.path, name)]));
    const disks = new Map<string, SmallDisk>();
    for (const [name, dataDir] of hosts ? dataDirs : []) disks.set(name, own(await SmallDisk.mount(dataDir, DISK_MB)));
    const running = peers.map(({ name, port }) => {
      const dataDir = dataDirs.get(name) ?? '';
      const streams = names
        .filter((stream) => inFileOf[stream] === name)
        .map((stream) => ({ name: stream, input: cameraProcess.url(stream) }));
      const server = { ...config, name, port, dataDir, streams, timing: { ...TIMING, ...timing }, ...otherwise[name] };
      const { address, within } = placeOf(name);
      const limit = openFiles[name] === undefined ? [] : ['prlimit', `--nofile=${openFiles[name]}`];
      return own(new HerdServer(server, folder.path, { address, within: [...within, ...limit] }));
    });
    const bus = own(await HerdBus.connect(natsUrls, accounts ? { user: 'herd', pass: CLUSTER_KEY } : {}));
    return new TestHerd(
      {
        ...{ network, disks, nats, cluster, bus, captureAt, inFileOf, handedBack },
        cameras: cameraProcess,
        servers: running,
        streams: names,
      },
      disposeAll,
    );
  } catch (error) {
    await disposeAll();
    throw error;
  }
}

interface Parts {
  readonly network: HostNetwork | undefined;
  readonly disks: ReadonlyMap<string, SmallDisk>;
  readonly nats: NatsServer;
  readonly cluster: NatsCluster | undefined;
  readonly bus: HerdBus;
  readonly cameras: CameraProcess;
  readonly servers: readonly HerdServer[];
  readonly streams: readonly string[];
  readonly captureAt: Readonly<Record<string, string>>;
  readonly inFileOf: Readonly<Record<string, string>>;
  readonly handedBack: Readonly<Record<string, HandedBack>>;
}

export class TestHerd implements AsyncDisposable {
  /** With `hosts` alone. */
  readonly network: HostNetwork | undefined;
  /** The only one, or the first of the cluster. */
  readonly nats: NatsServer;
  /** With `natsNodes` alone. */
  readonly cluster: NatsCluster | undefined;
  readonly bus: HerdBus;
  readonly cameras: CameraProcess;
  readonly servers: readonly HerdServer[];
  /** Names of the cameras, which are those of the streams that the herd begins with. */
  readonly names: readonly string[];
  readonly #parts: Parts;
  readonly #dispose: () => Promise<void>;

  constructor(parts: Parts, dispose: () => Promise<void>) {
    const { network, nats, cluster, bus, cameras, servers, streams } = parts;
    this.network = network;
    this.nats = nats;
    this.cluster = cluster;
    this.bus = bus;
    this.cameras = cameras;
    this.servers = servers;
    this.names = streams;
    this.#parts = parts;
    this.#dispose = dispose;
  }

  /** Servers first, then the definitions, then every stream live. */
  async start(mainFile?: string): Promise<void> {
    const starts = await Promise.allSettled(this.servers.map((server) => server.start(mainFile)));
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    // All of them on the roster: else the first streams go to whoever was first, and move.
    await eventually('every server is up for every server', async () => {
      const views = await Promise.all(this.servers.map((server) => server.servers()));
      return views.every((view) => view.filter(({ state }) => state === 'up').length === this.servers.length);
    });
    for (const [name, numbers] of Object.entries(this.#parts.handedBack)) await this.#handBack(name, numbers);
    for (const name of this.names) {
      if (this.#parts.inFileOf[name] !== undefined) continue;
      const captureAt = this.#parts.captureAt[name];
      const pin = captureAt === undefined ? {} : { capture_at: captureAt };
      await this.bus.put(name, { inputs: [this.cameras.url(name)], ...pin });
    }
    await this.whole();
  }

  async #handBack(name: string, numbers: HandedBack): Promise<void> {
    // The key of a stream that is not defined would be tidied away.
    await this.bus.put(name, { inputs: [this.cameras.url(name)], disabled: true });
    const known = () => Promise.all(this.servers.map((server) => server.ask(`/api/v1/streams/${name}`)));
    await eventually(`every server knows ${name}`, async () => (await known()).every(({ status }) => status));
    await this.bus.handBack(name, numbers);
  }

  server(name: string): HerdServer {
    const server = this.servers.find((candidate) => candidate.name === name);
    if (server === undefined) throw new RangeError(`no server ${name}`);
    return server;
  }

  /** Of a server's data folder. With `hosts` alone. */
  disk(name: string): SmallDisk {
    const disk = this.#parts.disks.get(name);
    if (disk === undefined) throw new RangeError(`${name} has no disk of its own`);
    return disk;
  }

  /** What the first server that runs says. */
  async streams(): Promise<readonly StreamStatus[]> {
    const server = this.servers.find(({ isRunning }) => isRunning);
    if (server === undefined) throw new Error('no server runs');
    return server.streams();
  }

  async stream(name: string): Promise<StreamStatus> {
    const status = (await this.streams()).find((candidate) => candidate.name === name);
    if (status === undefined) throw new Error(`no stream ${name}`);
    return status;
  }

  async ownerOf(name: string): Promise<string> {
    const { server } = await this.stream(name);
    if (server === undefined) throw new Error(`nobody has ${name}`);
    return server;
  }

  /** As an operator does. Resolves when the order is given, not when it is carried out. */
  async move(name: string, server: string): Promise<void> {
    const url = this.servers.find(({ isRunning }) => isRunning)?.url;
    const { user, password } = EDIT_AUTH;
    const answer = await fetch(`${url}/api/v1/streams/${name}/move`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${user}:${password}`)}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ server }),
    });
    if (!answer.ok) throw new Error(`${name} does not move to ${server}: ${await answer.text()}`);
  }

  /** Streams by the server that has them. */
  async byServer(): Promise<ReadonlyMap<string, readonly string[]>> {
    const groups = new Map<string, string[]>();
    for (const { name, server } of await this.streams()) {
      if (server !== undefined) groups.set(server, [...(groups.get(server) ?? []), name]);
    }
    return groups;
  }

  /** Every stream of `names` is live by every running server's word, and pulled once by its camera's. */
  async whole(names: readonly string[] = this.names, deadlineMs = WHOLE_DEADLINE_MS): Promise<void> {
    await eventually(
      `${names.join(', ')} live for every server`,
      async () => {
        const running = this.servers.filter(({ isRunning }) => isRunning);
        const views = await Promise.all(running.map((server) => server.streams()));
        const counts = await this.cameras.counts();
        // Right after a loss the others believe for a while that the lost server still has its streams.
        const isLive = (view: readonly StreamStatus[], name: string) =>
          view.some(
            (stream) =>
              stream.name === name &&
              stream.state === 'live' &&
              running.some((server) => server.name === stream.server),
          );
        return views.every((view) => names.every((name) => isLive(view, name) && counts[name]?.live === 1));
      },
      { deadlineMs, everyMs: 100 },
    );
  }

  /** Cameras that were ever pulled more than once at a time since their counts began. Promise 2: none. */
  async pulledTwice(): Promise<readonly string[]> {
    return Object.entries(await this.cameras.counts()).flatMap(([name, { peak }]) => (peak > 1 ? [name] : []));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dispose();
  }
}

function named(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}
