import type { CameraProcess } from '../../src/demo/cameras/camera-process.ts';
import type { StreamStatus } from '../../src/domain/status.ts';
import { eventually } from './eventually.ts';
import type { HandedBack, HerdBus } from './herd-bus.ts';
import type { HerdServer } from './herd-server.ts';
import type { HostNetwork } from './host-network.ts';
import type { NatsCluster, NatsServer } from './nats-server.ts';
import type { SmallDisk } from './small-disk.ts';

export const EDIT_AUTH = { user: 'admin', password: 'password-of-a-test' };
/** Nine ffmpegs start within seconds; on two cores that the rest of the test uses too, it takes some seconds more. */
const WHOLE_DEADLINE_MS = 60_000;
/** A server that has come back several times waits longer for its streams each time. */
const REST_DEADLINE_MS = 60_000;
/** What all servers answer: each time it costs as much CPU as they take in a tenth of a second. */
const LOOK_EVERY_MS = 200;

export interface HerdParts {
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
  readonly dvr: boolean;
}

export class TestHerd implements AsyncDisposable {
  /** Only with `hosts`. */
  readonly network: HostNetwork | undefined;
  /** The only one, or the first of the cluster. */
  readonly nats: NatsServer;
  /** Only with `natsNodes`. */
  readonly cluster: NatsCluster | undefined;
  readonly bus: HerdBus;
  readonly cameras: CameraProcess;
  readonly servers: readonly HerdServer[];
  /** Names of the cameras, which are those of the streams that the herd begins with. */
  readonly names: readonly string[];
  readonly #parts: HerdParts;
  readonly #dispose: () => Promise<void>;

  constructor(parts: HerdParts, dispose: () => Promise<void>) {
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
    await this.#startServers(mainFile);
    for (const [name, numbers] of Object.entries(this.#parts.handedBack)) await this.#handBack(name, numbers);
    await this.#define();
    await this.whole();
  }

  /**
   * After a test: makes the herd as it was at the beginning, for the next test. Every server is up, the first definitions are there and no
   * others, cameras work, every stream is live and placement moves none. Counts begin again at 0, and there are no events yet. NATS and the
   * port of the cameras are left as they are.
   */
  async renew(): Promise<void> {
    for (const name of this.names) await this.cameras.tell(name, 'resume');
    await this.#startServers();
    await this.#define();
    await this.whole();
    await this.atRest();
    await this.cameras.resetCounts();
    this.bus.events.length = 0;
  }

  /** Whether placement is at rest: pinned streams are at their `capture_at` hosts, and no server has two streams more than another. */
  async atRest(deadlineMs = REST_DEADLINE_MS): Promise<void> {
    const isAtRest = async () => {
      const streams = await this.streams();
      const { captureAt } = this.#parts;
      if (Object.keys(captureAt).length > 0)
        return streams.every(({ name, server }) => (captureAt[name] ?? server) === server);
      const loads = this.servers.map((server) => streams.filter((stream) => stream.server === server.name).length);
      return Math.max(...loads) - Math.min(...loads) <= 1;
    };
    await eventually('the herd is at rest', isAtRest, { deadlineMs, everyMs: LOOK_EVERY_MS });
    await this.whole();
  }

  async #startServers(mainFile?: string): Promise<void> {
    const starts = await Promise.allSettled(this.servers.map((server) => server.isRunning || server.start(mainFile)));
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    // All servers have to be on the roster first: else the first streams go to the server that started first, and move later.
    const areUp = async () => {
      for (const server of this.servers) {
        const view = await server.servers();
        if (view.filter(({ state }) => state === 'up').length !== this.servers.length) return false;
      }
      return true;
    };
    await eventually('every server is up for every server', areUp, { everyMs: LOOK_EVERY_MS });
  }

  async #define(): Promise<void> {
    const { inFileOf, captureAt, dvr } = this.#parts;
    const published = this.names.filter((name) => inFileOf[name] === undefined);
    const definitions = published.map((name) => {
      const pin = captureAt[name] === undefined ? {} : { capture_at: captureAt[name] };
      return [name, { inputs: [this.cameras.url(name)], ...pin, ...(dvr && { dvr: { keep: '1d' } }) }] as const;
    });
    await this.bus.define(new Map(definitions), Object.keys(inFileOf));
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

  /** The small disk of a server's data folder. Only with `hosts`. */
  disk(name: string): SmallDisk {
    const disk = this.#parts.disks.get(name);
    if (disk === undefined) throw new RangeError(`${name} has no disk of its own`);
    return disk;
  }

  /** The stream as the first running server shows it. */
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
    if (server === undefined) throw new Error(`no server has ${name}`);
    return server;
  }

  /** Gives the order as an operator does. Resolves when the order is taken, not when it is carried out. */
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

  /** Waits until every running server says that every stream of `names` is live, and each camera counts one pull. */
  async whole(names: readonly string[] = this.names, deadlineMs = WHOLE_DEADLINE_MS): Promise<void> {
    await eventually(
      `${names.join(', ')} live for every server`,
      async () => {
        // What is cheapest first: an answer of a server costs more.
        const counts = await this.cameras.counts();
        if (names.some((name) => counts[name]?.live !== 1)) return false;
        const running = this.servers.filter(({ isRunning }) => isRunning);
        // Right after a loss the other servers still show the lost server as owner for a while.
        const isLive = (view: readonly StreamStatus[], name: string) =>
          view.some(
            (stream) =>
              stream.name === name &&
              stream.state === 'live' &&
              running.some((server) => server.name === stream.server),
          );
        for (const server of running) {
          const view = await server.streams();
          if (!names.every((name) => isLive(view, name))) return false;
        }
        return true;
      },
      { deadlineMs, everyMs: LOOK_EVERY_MS },
    );
  }

  /** Cameras that had two pulls at the same time since their counts began. Promise 2: none. */
  async pulledTwice(): Promise<readonly string[]> {
    return Object.entries(await this.cameras.counts()).flatMap(([name, { peak }]) => (peak > 1 ? [name] : []));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dispose();
  }
}
