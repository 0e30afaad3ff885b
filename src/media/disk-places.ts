import { Gate } from '../domain/gate.ts';

/**
 * How many calls into the disk of the live folder each thread of the server makes at a time. A call into a disk that hangs occupies a
 * thread of libuv's pool, which the whole process shares and which also resolves the names of NATS servers. Of the 16 threads that the
 * warden gives the server (server-run.ts) these calls, and the one of `DiskWatch`, leave five that no disk can occupy.
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
