import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Camera, type CameraCounts, type Fault, type Pull } from './camera.ts';
import type { Clip } from './clip.ts';
import type { StartAt } from './media-sender.ts';
import type { CameraLogin } from './rtsp/authorization.ts';
import { RtspConnection, type Studio } from './rtsp/rtsp-connection.ts';

export interface CameraServerOptions {
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Their names, which are their paths; `any`: every path that is asked for is a camera. */
  readonly cameras: readonly string[] | 'any';
  readonly clip: Clip | ((camera: string) => Clip);
  readonly auth?: CameraLogin;
  /** Pulls that a camera serves at the same time; one more is answered 453. Default: no limit. */
  readonly maxPulls?: number;
  readonly startAt?: StartAt;
}

/** A frame of video: sound goes along in the same write, which is most of what a pull costs. */
const TICK_MS = 40;
const MAX_CAMERAS = 10_000;

/** Starts test cameras on one port. @throws Error when the port is taken. */
export async function startCameras(options: CameraServerOptions): Promise<CameraServer> {
  const server = new CameraServer(options);
  await server.openPort();
  return server;
}

/** Cameras with RTSP over TCP that count their pulls and misbehave on demand. */
export class CameraServer {
  readonly #options: CameraServerOptions;
  readonly #cameras = new Map<string, Camera>();
  readonly #connections = new Set<RtspConnection>();
  readonly #studio: Studio;
  #listener: Server | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #port: number;

  constructor(options: CameraServerOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
    if (options.cameras !== 'any') for (const name of options.cameras) this.#add(name);
    this.#studio = {
      ...(options.auth && { credentials: options.auth }),
      startAt: options.startAt ?? 'key-frame',
      find: (name) => this.#find(name),
      clockMs: () => performance.timeOrigin + performance.now(),
    };
  }

  get port(): number {
    return this.#port;
  }

  get names(): string[] {
    return [...this.#cameras.keys()];
  }

  /** With user and password where the cameras ask for them. */
  url(name: string): string {
    const { host = '127.0.0.1', auth } = this.#options;
    const user = auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@` : '';
    return `rtsp://${user}${host}:${this.#port}/${name}`;
  }

  counts(name: string): CameraCounts {
    return this.#camera(name).counts;
  }

  /** The log of one camera's pulls, or of all. */
  pulls(name?: string): Pull[] {
    const cameras = name === undefined ? [...this.#cameras.values()] : [this.#camera(name)];
    return cameras.flatMap((camera) => camera.pulls).sort((left, right) => left.openedAtMs - right.openedAtMs);
  }

  resetCounts(): void {
    for (const camera of this.#cameras.values()) camera.resetCounts();
  }

  /** Sends nothing more, on connections that stay open. */
  stall(name: string): void {
    this.#misbehave(name, { type: 'stall' });
  }

  /** Resets every new connection before any answer. */
  refuse(name: string): void {
    this.#misbehave(name, { type: 'refuse' });
  }

  /** Accepts new connections and never answers. */
  mute(name: string): void {
    this.#misbehave(name, { type: 'mute' });
  }

  /** Answers new connections with what is no RTSP. */
  rubbish(name: string): void {
    this.#misbehave(name, { type: 'rubbish' });
  }

  /** Answers new connections with a status: 401, 404, 503, … */
  answer(name: string, status: number): void {
    this.#misbehave(name, { type: 'answer', status });
  }

  /** Ends whatever the camera does wrong. */
  resume(name: string): void {
    this.#misbehave(name, undefined);
  }

  /** Ends the camera's live connections with a RST. */
  reset(name: string): void {
    for (const connection of this.#connections) if (connection.isFor(name)) connection.reset();
  }

  /** Ends the camera's live connections with a FIN. */
  close(name: string): void {
    for (const connection of this.#connections) if (connection.isFor(name)) connection.close();
  }

  /** Listens, on the same port as before if there was one. */
  async openPort(): Promise<void> {
    const listener = createServer((socket) => {
      const connection = new RtspConnection(socket, this.#studio);
      this.#connections.add(connection);
      socket.on('close', () => this.#connections.delete(connection));
    });
    listener.listen(this.#port, this.#options.host ?? '127.0.0.1');
    await once(listener, 'listening');
    this.#port = (listener.address() as AddressInfo).port;
    this.#listener = listener;
    this.#ticker ??= setInterval(() => this.#tick(), TICK_MS);
  }

  /** No longer listens: new connections are refused by the kernel, live pulls go on. */
  closePort(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  /** Resets every connection and frees the port. */
  async stop(): Promise<void> {
    clearInterval(this.#ticker);
    const closed = this.#listener && once(this.#listener, 'close');
    this.closePort();
    for (const connection of this.#connections) connection.reset();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #tick(): void {
    const cameraMs = this.#studio.clockMs();
    for (const connection of this.#connections) connection.tick(cameraMs);
  }

  #misbehave(name: string, fault: Fault | undefined): void {
    this.#camera(name).fault = fault;
  }

  #camera(name: string): Camera {
    const camera = this.#find(name);
    if (camera === undefined) throw new RangeError(`no camera "${name}"`);
    return camera;
  }

  #find(name: string): Camera | undefined {
    const known = this.#cameras.get(name);
    if (known !== undefined || this.#options.cameras !== 'any' || name === '') return known;
    return this.#cameras.size < MAX_CAMERAS ? this.#add(name) : undefined;
  }

  #add(name: string): Camera {
    const { clip, maxPulls = Number.POSITIVE_INFINITY } = this.#options;
    const camera = new Camera(name, typeof clip === 'function' ? clip(name) : clip, maxPulls);
    this.#cameras.set(name, camera);
    return camera;
  }
}
