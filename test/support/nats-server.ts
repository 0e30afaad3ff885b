import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { freePorts } from '../../src/demo/free-ports.ts';
import { natsServerBinary } from '../../src/nats/own-server/nats-server-binary.ts';
import { dyingWithParent } from './dying-with-parent.ts';
import { eventually } from './eventually.ts';
import { LOOPBACK, type Place } from './host-network.ts';
import { leaderOf, metaReady } from './jetstream-monitor.ts';
import { tempFolder } from './temp-folder.ts';

/** A real nats-server of the test's own: `await using nats = await startNatsServer();` */
export interface NatsServer {
  readonly name: string;
  /** `nats://127.0.0.1:<port>`, without credentials; the same after a restart. */
  readonly url: string;
  readonly port: number;
  readonly monitorUrl: string;
  /** Whether it can be asked: neither ended nor frozen. */
  readonly running: boolean;
  /** Sends the signal. SIGSTOP freezes, SIGCONT thaws; others are waited for. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and store, ending it with SIGKILL if it runs. */
  restart(): Promise<void>;
  /** Removes what it has stored. Only while it does not run. */
  loseStore(): Promise<void>;
  /** Copies what it has stored to `folder`, and back in place of what it has stored since. Only while it does not run. */
  backUp(folder: string): Promise<void>;
  restore(folder: string): Promise<void>;
  stop(): Promise<void>;
}

export interface NatsServerOptions {
  readonly token?: string;
  /** Kept after the end. Default: a folder that is removed with the server. */
  readonly storeDir?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly jetstream?: boolean;
  /** Of JetStream, as nodes that it is not on have to name it. */
  readonly domain?: string;
  /** Further lines of its configuration file. */
  readonly config?: string;
}

export interface NatsCluster {
  readonly nodes: readonly NatsServer[];
  readonly urls: readonly string[];
  /** The node that leads the JetStream stream, as the nodes that run see it. */
  leaderOf(stream: string): Promise<NatsServer>;
  /** Waits until JetStream has a meta leader and every running node is part of it. */
  ready(): Promise<void>;
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer & AsyncDisposable> {
  const folder = await tempFolder();
  const [port = 0] = options.port === undefined ? await freePorts(1) : [options.port];
  const node = new ServerProcess('n1', folder.path, {
    place: LOOPBACK,
    port,
    storeDir: options.storeDir ?? join(folder.path, 'store'),
    jetstream: options.jetstream ?? true,
    domain: options.domain,
    config: [tokenRule(options.token), options.config ?? ''].join('\n'),
  });
  const dispose = async () => {
    await node.stop();
    await folder[Symbol.asyncDispose]();
  };
  try {
    await node.start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return Object.assign(node, { [Symbol.asyncDispose]: dispose });
}

/** A JetStream cluster, `n1`, `n2`, …, each node on loopback or at a place of its own: `await using cluster = await startNatsCluster(3);` */
export async function startNatsCluster(
  size: number,
  placeOf: (name: string) => Place = () => LOOPBACK,
  { token }: { readonly token?: string } = {},
): Promise<NatsCluster & AsyncDisposable> {
  const folder = await tempFolder();
  const ports = await freePorts(2 * size);
  const members = ports.slice(size).map((routePort, index) => {
    const name = `n${index + 1}`;
    const place = placeOf(name);
    return { name, place, port: ports[index] ?? 0, route: `${place.address}:${routePort}` };
  });
  const routes = members.map(({ route }) => `nats://${route}`).join(', ');
  const nodes = members.map(
    ({ name, place, port, route }) =>
      new ServerProcess(name, join(folder.path, name), {
        port,
        place,
        storeDir: join(folder.path, name, 'store'),
        jetstream: true,
        config: [`cluster { name: herd, listen: "${route}", routes: [${routes}] }`, tokenRule(token)].join('\n'),
      }),
  );
  const cluster = {
    nodes,
    get urls() {
      return nodes.map((node) => node.url);
    },
    leaderOf: (stream: string) => leaderOf(nodes, stream),
    ready: () => metaReady(nodes),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await folder[Symbol.asyncDispose]();
    },
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
    await metaReady(nodes);
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

function tokenRule(token: string | undefined): string {
  return token === undefined ? '' : `authorization { token: "${token}" }`;
}

interface ProcessOptions {
  readonly place: Place;
  readonly port: number;
  readonly storeDir: string;
  readonly jetstream: boolean;
  readonly domain?: string | undefined;
  readonly config: string;
}

class ServerProcess implements NatsServer {
  readonly name: string;
  readonly port: number;
  monitorUrl = '';
  running = false;
  readonly #folder: string;
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;

  constructor(name: string, folder: string, options: ProcessOptions) {
    this.name = name;
    this.port = options.port;
    this.#folder = folder;
    this.#options = options;
  }

  get url() {
    return `nats://${this.#options.place.address}:${this.port}`;
  }

  async start(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const configFile = join(this.#folder, 'nats.conf');
    await writeFile(configFile, this.#config());
    const binary = natsServerBinary();
    const { within } = this.#options.place;
    const [file = binary, ...args] = [...within, ...dyingWithParent('KILL'), binary, '-c', configFile];
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let log = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4000);
    });
    const portsFile = join(this.#folder, `${basename(binary)}_${child.pid}.ports`);
    const listening = await eventually(`${this.name} listens`, async () => {
      if (child.exitCode !== null) return { failed: log };
      return monitorOf(await readFile(portsFile, 'utf8'));
    });
    if (typeof listening !== 'string') throw new Error(`nats-server ${this.name} ended: ${listening.failed}`);
    this.monitorUrl = listening;
    this.running = true;
    await eventually(
      `${this.name} is healthy`,
      async () => (await fetch(`${this.monitorUrl}/healthz?js-server-only=true`)).ok,
    );
  }

  #config(): string {
    const { address } = this.#options.place;
    const { domain } = this.#options;
    return [
      `server_name: ${this.name}`,
      `listen: "${address}:${this.port}"`,
      `http: "${address}:-1"`,
      `ports_file_dir: "${this.#folder}"`,
      this.#options.jetstream
        ? `jetstream { store_dir: "${this.#options.storeDir}", max_file_store: 1GB, max_mem: 64MB${domain === undefined ? '' : `, domain: ${domain}`} }`
        : '',
      this.#options.config,
    ].join('\n');
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.running = signal === 'SIGCONT';
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await once(child, 'exit');
  }

  async restart(): Promise<void> {
    await this.kill('SIGKILL');
    await this.start();
  }

  loseStore(): Promise<void> {
    return rm(this.#options.storeDir, { recursive: true, force: true });
  }

  backUp(folder: string): Promise<void> {
    return cp(this.#options.storeDir, folder, { recursive: true });
  }

  async restore(folder: string): Promise<void> {
    await this.loseStore();
    await cp(folder, this.#options.storeDir, { recursive: true });
  }

  stop(): Promise<void> {
    return this.kill('SIGKILL');
  }
}

function monitorOf(text: string): string | undefined {
  return (JSON.parse(text) as { monitoring?: string[] }).monitoring?.[0];
}
