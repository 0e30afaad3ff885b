import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServerConfig, serverConfigText, webUrl } from '../../src/demo/server-config.ts';
import { ServerProcess } from '../../src/demo/server-process.ts';
import type { ServerStatus, StreamStatus } from '../../src/domain/status.ts';
import { eventually } from './eventually.ts';
import { LOOPBACK, type Place } from './host-network.ts';

const READY_DEADLINE_MS = 30_000;
const ANSWER_TIMEOUT_MS = 2000;
const SHOWN_LOG_LINES = 60;
/** As /proc/net/tcp writes them. */
const LISTENING = '0A';
const LOOPBACK_IN_PROC = '0100007F';

export interface HerdServerConfig extends ServerConfig {
  /** Over the test's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: `QUICK`. */
  readonly nodeOptions?: readonly string[];
}

/**
 * Some seconds after its start Node collects the garbage of each thread twice or three times more, so that the process takes less memory
 * later. Most servers of tests end before that is worth a third of a second of CPU.
 */
const QUICK = ['--no-memory-reducer'];

/** A real server of a test's herd, as the processes it consists of. */
export class HerdServer implements AsyncDisposable {
  readonly name: string;
  /** From where cameras see it pull. */
  readonly address: string;
  readonly url: string;
  readonly #within: readonly string[];
  #process: ServerProcess;
  #command: readonly (string | undefined)[];
  #config: HerdServerConfig;
  /** Written again by every start. */
  readonly configFile: string;

  constructor(config: HerdServerConfig, folder: string, place: Place = LOOPBACK) {
    this.name = config.name;
    this.address = place.address;
    this.url = webUrl(config.port, place.address);
    this.#config = { ...config, address: place.address };
    this.configFile = join(folder, `${config.name}.conf`);
    this.#within = place.within;
    this.#command = [undefined, ...this.#surroundings];
    this.#process = this.#processOf();
  }

  get dataDir(): string {
    return this.#config.dataDir;
  }

  get isRunning(): boolean {
    return this.#process.pid !== undefined;
  }

  /** Of the server process, which the outermost one, its warden, has started; `undefined` while there is none. */
  get serverPid(): number | undefined {
    return this.#process.serverPid;
  }

  /** Every process of it, ffmpegs included. */
  get pids(): readonly number[] {
    return this.#process.pids;
  }

  /** The end of what it has written. */
  get log(): string {
    return this.#process.log.slice(-SHOWN_LOG_LINES).join('\n');
  }

  /** What it has written since it was started last. */
  get logOfRun(): string {
    const lines = this.#process.log;
    return lines.slice(lines.findLastIndex((line) => line.startsWith('(ended: ')) + 1).join('\n');
  }

  /** From the next start on. */
  configure(changed: Partial<HerdServerConfig>): void {
    this.#config = { ...this.#config, ...changed };
  }

  /** Starts it, also after an end, with the same name, port and data folder, perhaps from another release. Resolves when it is ready. */
  async start(mainFile?: string): Promise<void> {
    await mkdir(this.#config.dataDir, { recursive: true });
    await writeFile(this.configFile, serverConfigText(this.#config), { mode: 0o600 });
    const command = [mainFile, ...this.#surroundings];
    if (command.join('\n') !== this.#command.join('\n')) {
      await this.#process.killAll();
      this.#process = this.#processOf(mainFile);
      this.#command = command;
    }
    this.#process.start();
    await eventually(
      `${this.name} is ready`,
      async () => {
        if (!this.isRunning) return 'ended';
        return (await this.#get('/readyz')).ok && 'ready';
      },
      { deadlineMs: READY_DEADLINE_MS, everyMs: 100 },
    );
    if (!this.isRunning) throw new Error(`${this.name} ended while it started`);
  }

  /** A signal to the outermost process, the warden, alone; resolves at once. SIGTERM: it hands its streams back and leaves. */
  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** A signal to the server process alone, not to its warden. */
  killServer(signal: NodeJS.Signals): void {
    const pid = this.serverPid;
    if (pid === undefined) throw new Error(`${this.name} has no server process`);
    process.kill(pid, signal);
  }

  /** Its ffmpegs. */
  get capturePids(): readonly number[] {
    const { pid, serverPid } = this.#process;
    return this.pids.filter((candidate) => candidate !== pid && candidate !== serverPid);
  }

  /** Where it hears direct beats; of a server on a host of its own. */
  async beatsPort(): Promise<number> {
    const sockets = (await readFile(`/proc/${this.serverPid}/net/tcp`, 'utf8')).split('\n').slice(1);
    const ports = sockets.flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      return state === LISTENING && address !== LOOPBACK_IN_PROC ? [Number.parseInt(port, 16)] : [];
    });
    const [port, ...others] = ports.filter((candidate) => candidate !== this.#config.port);
    if (port === undefined || others.length > 0) throw new Error(`${this.name} listens on ${ports.join(', ')}`);
    return port;
  }

  async ended(): Promise<void> {
    await this.#process.ended();
  }

  /** All its processes at one moment, ffmpegs included: the host loses power. */
  async losePower(): Promise<void> {
    await this.#process.killAll();
  }

  /** What this server says of the streams. */
  async streams(): Promise<readonly StreamStatus[]> {
    const answer = (await (await this.#get('/api/v1/streams')).json()) as { streams?: StreamStatus[]; error?: string };
    if (answer.streams === undefined) throw new Error(`${this.name} does not list streams: ${answer.error}`);
    return answer.streams;
  }

  async servers(): Promise<readonly ServerStatus[]> {
    const { servers } = (await (await this.#get('/api/v1/servers')).json()) as { servers: ServerStatus[] };
    return servers;
  }

  /** Any JSON of its API, whatever the status. */
  async ask(path: string): Promise<Readonly<Record<string, unknown>>> {
    return (await (await this.#get(path)).json()) as Record<string, unknown>;
  }

  /** Its metrics by their names and labels, as Prometheus would scrape them; `server` is left out of the labels. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await this.#get('/metrics')).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const end = line.lastIndexOf(' ');
        const name = line
          .slice(0, end)
          .replace(/,?server="[^"]*"/, '')
          .replace('{}', '');
        return [name, Number(line.slice(end + 1))];
      }),
    );
  }

  /** A change as an operator asks for it. */
  change(path: string, body: object): Promise<Response> {
    const { user, password } = this.#config.editAuth;
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.killAll();
  }

  get #surroundings(): readonly string[] {
    const env = Object.entries(this.#config.env ?? {}).map(([name, value]) => `${name}=${value}`);
    return [...this.#within, ...(env.length === 0 ? [] : ['env', ...env])];
  }

  #processOf(mainFile?: string): ServerProcess {
    const { configFile } = this;
    const { nodeOptions = QUICK } = this.#config;
    return new ServerProcess({ configFile, nodeOptions, within: this.#surroundings, ...(mainFile && { mainFile }) });
  }

  #get(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  }
}
