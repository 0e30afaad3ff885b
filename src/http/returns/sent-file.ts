import { type FileHandle, open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { within } from '../../archive/disk/stall.ts';
import type { Gate } from '../../domain/gate.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import { READ_OWN } from '../../host/disk/own-files.ts';

export interface FileRange {
  readonly file: string;
  readonly fromByte: number;
  /** Not included. */
  readonly untilByte: number;
}

/** A disk that turns reads such a piece in ten milliseconds, and a socket takes it in one. */
const PIECE_BYTES = 1024 * 1024;
/** A disk that has not answered by then hangs. */
const READ_WITHIN_MS = 10_000;

/**
 * Sends a part of a file, read in pieces through the gate of its disk, and no faster than its client takes it. A file that is removed meanwhile
 * is sent to its end.
 *
 * @param head sends the head of the answer, when the file is open and its first piece is read
 * @throws Error of the disk, and where the file ends too early: then only a broken connection tells it, if the head was sent
 */
export async function sendFile(
  response: ServerResponse,
  { file, fromByte, untilByte }: FileRange,
  disk: Gate,
  head: () => void,
): Promise<void> {
  const call = <T>(task: () => Promise<T>) => within(PROCESS_CLOCK, READ_WITHIN_MS, disk.run(task));
  const opening = disk.run(() => open(file, READ_OWN));
  const opened = await within(PROCESS_CLOCK, READ_WITHIN_MS, opening).catch((error: unknown) => {
    void opening.then((late) => late.close()).catch(() => {});
    throw error;
  });
  try {
    let next = read(opened, fromByte, untilByte, call);
    for (let at = fromByte; at < untilByte && !response.destroyed; ) {
      const piece = await next;
      if (at === fromByte) head();
      at += piece.length;
      // While the socket takes this piece, the disk reads the next one.
      next = at < untilByte ? read(opened, at, untilByte, call) : Promise.resolve(piece);
      next.catch(() => {});
      await written(response, piece);
    }
    if (!response.destroyed) response.end();
  } finally {
    // A disk that hangs keeps it open, and is not waited for.
    void opened.close().catch(() => {});
  }
}

async function read(
  file: FileHandle,
  at: number,
  untilByte: number,
  call: <T>(task: () => Promise<T>) => Promise<T>,
): Promise<Buffer> {
  const wanted = Math.min(PIECE_BYTES, untilByte - at);
  const { bytesRead, buffer } = await call(() => file.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, at));
  if (bytesRead === 0) throw new Error(`the file ends at ${at}`);
  return buffer.subarray(0, bytesRead);
}

/** Resolves when the client has taken it, or has gone. */
function written(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      response.off('drain', over);
      response.off('close', over);
      resolve();
    };
    if (response.destroyed || response.write(piece)) resolve();
    else response.on('drain', over).on('close', over);
  });
}
