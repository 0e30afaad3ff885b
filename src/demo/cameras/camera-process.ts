import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from '../../host/system/execa.ts';
import type { CameraCounts, Pull } from './camera.ts';
import type { CameraServerOptions } from './camera-server.ts';
import type { CameraAction } from './control-server.ts';
import type { ClipOptions } from './encoded-clip.ts';

export interface CameraProcessOptions extends Omit<CameraServerOptions, 'clip'> {
  readonly clip?: ClipOptions;
  /** A colour, a tone and its name in the picture for each camera. */
  readonly distinct?: boolean;
}

/** What the process says once it listens. */
export interface CamerasStarted {
  readonly pid: number;
  readonly controlUrl: string;
  /** What stands before a camera's name in its URL. */
  readonly base: string;
  /** Zero of the pulls' times on the machine's monotonic clock, which all its processes read by `process.hrtime()`. */
  readonly clockOriginMs: number;
}

const BUNDLE = fileURLToPath(new URL('../../../bundle/demo/cameras/main.js', import.meta.url));
/** As few files, where the build has made them: it starts with less CPU. */
const PROGRAM = existsSync(BUNDLE) ? BUNDLE : fileURLToPath(new URL('./main.js', import.meta.url));
const STARTING_TIMEOUT_MS = 60_000;
const STOPPING_TIMEOUT_MS = 2000;

/** Starts test cameras in a process of their own, so that they keep time, and see the order of pulls, whatever this one does. */
export async function startCameraProcess(options: CameraProcessOptions): Promise<CameraProcess> {
  const child = execa(process.execPath, [PROGRAM], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
    buffer: false,
    reject: false,
    forceKillAfterDelay: STOPPING_TIMEOUT_MS,
  });
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify(options)}\n`);
  const lines = createInterface({ input: child.stdout });
  const overdue = AbortSignal.timeout(STARTING_TIMEOUT_MS);
  const line = await Promise.race([
    once(lines, 'line', { signal: overdue }).then(([text]) => String(text)),
    child.then(({ exitCode }) => `exit ${exitCode}`),
  ]).catch((error: unknown) => `${error}`);
  if (!line.startsWith('{')) {
    child.kill();
    throw new Error(`the test cameras did not start: ${line}`);
  }
  return new CameraProcess(JSON.parse(line) as CamerasStarted, async () => {
    child.stdin.end();
    child.kill();
    await child;
  });
}

/** Test cameras in another process, told and asked over HTTP. */
export class CameraProcess {
  readonly started: CamerasStarted;
  readonly #stop: () => Promise<void>;

  constructor(started: CamerasStarted, stop: () => Promise<void>) {
    this.started = started;
    this.#stop = stop;
  }

  url(name: string): string {
    return `${this.started.base}${name}`;
  }

  async counts(): Promise<Readonly<Record<string, CameraCounts>>> {
    return (await this.#ask('GET', '/counts')) as Record<string, CameraCounts>;
  }

  /** @throws RangeError when there is no such camera. */
  async countsOf(name: string): Promise<CameraCounts> {
    const counts = (await this.counts())[name];
    if (counts === undefined) throw new RangeError(`no camera "${name}"`);
    return counts;
  }

  async pulls(): Promise<readonly Pull[]> {
    return (await this.#ask('GET', '/pulls')) as Pull[];
  }

  async resetCounts(): Promise<void> {
    await this.#ask('POST', '/reset-counts');
  }

  async tell(name: string, action: CameraAction): Promise<void> {
    await this.#ask('POST', `/${name}/${action}`);
  }

  async answer(name: string, status: number): Promise<void> {
    await this.#ask('POST', `/${name}/answer?status=${status}`);
  }

  async openPort(): Promise<void> {
    await this.#ask('POST', '/open-port');
  }

  async closePort(): Promise<void> {
    await this.#ask('POST', '/close-port');
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #ask(method: 'GET' | 'POST', path: string): Promise<unknown> {
    const response = await fetch(`${this.started.controlUrl}${path}`, { method });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`the test cameras answered ${response.status}: ${JSON.stringify(body)}`);
    return body;
  }
}
