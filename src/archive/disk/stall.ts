import { codeOf, systemReason } from '../../domain/system-error.ts';
import type { Clock } from '../../host/clock.ts';
import type { DiskReads } from './archive-disk.ts';
import { NotMountedError } from './root-identity.ts';

/** The disk has not answered. The call may still be done, or not. */
export class StallError extends Error {
  override readonly name = 'StallError';
}

/** What `answer` resolves with, if it does so in time. @throws StallError, and what `answer` rejects with. */
export async function within<T>(clock: Clock, waitMs: number, answer: Promise<T>): Promise<T> {
  let timer: unknown;
  const stall = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(new StallError(`it has not answered for ${waitMs / 1000} s`)), waitMs);
  });
  try {
    return await Promise.race([answer, stall]);
  } finally {
    clock.clearTimeout(timer);
  }
}

/** The same reads; one that has no answer in time rejects with StallError. */
export function answering(disk: DiskReads, clock: Clock, waitMs: number): DiskReads {
  return {
    look: (path) => within(clock, waitMs, disk.look(path)),
    read: (path, at, bytes) => within(clock, waitMs, disk.read(path, at, bytes)),
  };
}

/** Something else is in the place of a folder: that concerns what would be in it, and the disk does all else that it is asked. */
export function isOfOneFolder(error: unknown): boolean {
  return ['ENOTDIR', 'ELOOP'].includes(codeOf(error));
}

/** Why a call into a disk failed, as a clause for people. */
export function diskReason(error: unknown): string {
  return error instanceof StallError || error instanceof NotMountedError ? error.message : systemReason(error);
}
