import { Gate } from '../domain/gate.ts';

/**
 * How many calls into the disk of the live folder each thread of the server makes at a time. A call into a disk that hangs keeps a
 * thread of libuv's pool, which the whole process has in common and by which NATS' names are resolved too: of the 16 that the
 * warden gives the server (server-run.ts) these, and the one of `DiskWatch`, leave five that no disk can take.
 */
const CONTROL_PLACES = 4;
const MEDIA_PLACES = 6;
/** A capture waits with one call at a time, and a viewer with one. */
const MAX_WAITING = 10_000;

export function controlDisk(): Gate {
  return new Gate({ places: CONTROL_PLACES, maxWaiting: MAX_WAITING });
}

export function mediaDisk(): Gate {
  return new Gate({ places: MEDIA_PLACES, maxWaiting: MAX_WAITING });
}
