import { join } from 'node:path';
import { startCameraProcess } from '../../src/demo/cameras/camera-process.ts';
import type { ClipOptions } from '../../src/demo/cameras/encoded-clip.ts';
import type { StartAt } from '../../src/demo/cameras/media-sender.ts';
import { freePorts } from '../../src/demo/free-ports.ts';
import { type HandedBack, HerdBus } from './herd-bus.ts';
import { HerdServer, type HerdServerConfig } from './herd-server.ts';
import { CAMERAS, HostNetwork, LOOPBACK } from './host-network.ts';
import { accountLines } from './nats-accounts.ts';
import { startNatsCluster, startNatsServer } from './nats-server.ts';
import { SmallDisk } from './small-disk.ts';
import { tempFolder } from './temp-folder.ts';
import { EDIT_AUTH, TestHerd } from './test-herd.ts';

export interface HerdOptions {
  /** Default 3: `s1`, `s2`, … */
  readonly servers?: number;
  /** Default 1. More: a JetStream cluster, and every bucket on three of its nodes. */
  readonly natsNodes?: number;
  /** Default 9: `cam1`, `cam2`, …, each a stream of the same name. */
  readonly cameras?: number;
  /** `{ cam1: 's2' }` */
  readonly captureAt?: Readonly<Record<string, string>>;
  /** Every stream is recorded. */
  readonly dvr?: boolean;
  /** Streams that are not published but blocks of a server's configuration file: `{ cam1: 's2' }` */
  readonly inFileOf?: Readonly<Record<string, string>>;
  /** Records with which streams were handed back before this herd began, as in a herd that is years old: `{ cam1: { nextNumber: 890_000_000 } }` */
  readonly handedBack?: Readonly<Record<string, HandedBack>>;
  /** Words of the `timing` block, over `TIMING`. */
  readonly timing?: Readonly<Record<string, string>>;
  /** Words of the `live` block, over `LIVE`. */
  readonly live?: Readonly<Record<string, string>>;
  /** Words of the `archive_return` block. */
  readonly archiveReturn?: Readonly<Record<string, string>>;
  /** Over `CLIP`. */
  readonly clip?: ClipOptions;
  /** Where a pull of a camera begins. Default: with its last key frame, and then it stays so much behind the camera's clock. */
  readonly startAt?: StartAt;
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

/** Shorter times, so that tests need not wait; all times of the membership protocol have their defaults. */
const TIMING = { return_after: '2s' };
/** As long as the clip's groups of pictures, so that a capture shows soon. */
const LIVE = { segment: '1s' };
/** Few frames: each costs cameras, captures and players some work. */
const CLIP = { seconds: 2, fps: 10, gop: 10, size: '320x180', kbps: 100 } as const;
/** Far more than what a herd's live windows take. */
const DISK_MB = 256;
export const CLUSTER_KEY = 'key-of-a-test';

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
    showLogs(herd);
    throw error;
  }
}

export function showLogs(herd: TestHerd): void {
  for (const { name, log } of herd.servers) console.error(`--- the end of the log of ${name} ---\n${log}`);
}

/** A herd whose servers are not started yet. */
export async function startHerd(options: HerdOptions): Promise<TestHerd> {
  const {
    servers = 3,
    natsNodes = 1,
    cameras = 9,
    captureAt = {},
    inFileOf = {},
    handedBack = {},
    dvr = false,
  } = options;
  const {
    timing = {},
    live = {},
    archiveReturn = {},
    clip = {},
    startAt,
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
    const camera = { host, clip: { ...CLIP, ...clip }, ...(startAt !== undefined && { startAt }) };
    const cameraProcess = own(await startCameraProcess({ ...camera, cameras: names }));
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
      archiveReturn,
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
        ...{ network, disks, nats, cluster, bus, captureAt, inFileOf, handedBack, dvr },
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

function named(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}
