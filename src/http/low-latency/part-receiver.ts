import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { makeOwnFolder } from '../../host/disk/own-files.ts';
import { PartCutter } from '../../media/low-latency/part-cutter.ts';
import type { LowLatencyStream } from './low-latency-stream.ts';
import type { LowLatencyStreams } from './low-latency-streams.ts';

/** No other user can enter it. */
const PRIVATE_FOLDER = 0o700;
/** Captures of one server, and some that are ending. */
const MAX_CONNECTIONS = 4096;
/** A connection that sends nothing for so long belongs to no capture: those are ended long before. */
const SILENT_MS = 120_000;

export interface PartReceiverInput {
  readonly streams: LowLatencyStreams;
  readonly segmentMs: number;
  readonly remark: (why: string) => void;
}

/**
 * Takes what each ffmpeg writes beside its segments, over a socket in a folder that only this user can enter. An ffmpeg whose connection
 * breaks connects again a second later; its segments on disk do not wait for any of this.
 */
export class PartReceiver {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws what the system says of the folder or the socket. */
  static async open(path: string, input: PartReceiverInput): Promise<PartReceiver> {
    await makeOwnFolder(dirname(path));
    await chmod(dirname(path), PRIVATE_FOLDER);
    // An earlier worker's: the folder is this server's own, and its lock is held.
    await rm(path, { force: true });
    const server = createServer();
    const receiver = new PartReceiver(server);
    server.maxConnections = MAX_CONNECTIONS;
    server.on('connection', (socket) => receiver.#take(socket, input));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path }, resolve);
    });
    return receiver;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #take(socket: Socket, { streams, segmentMs, remark }: PartReceiverInput): void {
    let low: LowLatencyStream | undefined;
    const cutter = new PartCutter({
      segmentMs,
      onTap: (id) => {
        const run = streams.runOf(id);
        low = run && streams.of(run.stream);
        if (run === undefined || low === undefined) socket.destroy();
        else low.window.begin(run);
      },
      onPart: (part) => {
        low?.window.addPart(part, Date.now());
        low?.wake();
      },
      onSegment: () => {
        low?.window.closeSegment(performance.now());
        low?.wake();
      },
    });
    this.#sockets.add(socket);
    socket.setTimeout(SILENT_MS, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      try {
        cutter.push(bytes);
      } catch (error) {
        remark(`parts with low latency: ${error instanceof Error ? error.message : error}`);
        socket.destroy();
      }
    });
    socket.on('close', () => {
      this.#sockets.delete(socket);
      cutter.end();
    });
  }
}
