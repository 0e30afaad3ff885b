import { Gate } from '../domain/gate.ts';

/**
 * How many calls into disks each thread of the server makes at a time. A call into a disk that hangs occupies a thread of libuv's pool,
 * which the whole process shares and which also resolves the names of NATS servers. Of the 66 threads that the warden gives the server
 * (server-run.ts) these calls, and the one of `DiskWatch`, leave five that no disk can occupy:
 *
 *     live folder: control 4, media 6, `DiskWatch` 1, archive 2
 *     up to 8 roots of the archive: its own thread 16, viewers 16, exports 8, other servers 8
 */
const CONTROL_PLACES = 4;
const MEDIA_PLACES = 6;
const ARCHIVE_ELSEWHERE_PLACES = 2;
const ARCHIVE_PLACES = 16;
/** Syncs of many streams at a full hour go side by side: a disk does several in the time of one. */
const MOST_PLACES_OF_ROOT = 4;
const VIEWER_PLACES_OF_ROOT = 2;
const EXPORT_PLACES_OF_ROOT = 1;
const RETURN_PLACES_OF_ROOT = 1;
/** A capture waits with one call at a time, and so does a viewer and a stream of the archive. */
const MAX_WAITING = 10_000;

export function controlDisk(): Gate {
  return new Gate({ places: CONTROL_PLACES, maxWaiting: MAX_WAITING });
}

export function mediaDisk(): Gate {
  return new Gate({ places: MEDIA_PLACES, maxWaiting: MAX_WAITING });
}

/** One root of `roots`, for the archive's own thread. */
export function archiveRoot(roots: number): Gate {
  const places = Math.max(1, Math.min(MOST_PLACES_OF_ROOT, Math.floor(ARCHIVE_PLACES / roots)));
  return new Gate({ places, maxWaiting: MAX_WAITING });
}

/** All but its roots, for the archive's own thread: the live folder. */
export function archiveElsewhere(): Gate {
  return new Gate({ places: ARCHIVE_ELSEWHERE_PLACES, maxWaiting: MAX_WAITING });
}

/** One root, for viewers of what is recorded there. */
export function viewersOfRoot(): Gate {
  return new Gate({ places: VIEWER_PLACES_OF_ROOT, maxWaiting: MAX_WAITING });
}

/** One root, for exports and previews of what is recorded there. */
export function exportsOfRoot(): Gate {
  return new Gate({ places: EXPORT_PLACES_OF_ROOT, maxWaiting: MAX_WAITING });
}

/** One root, for other servers that bring home what is recorded there. */
export function returnsOfRoot(): Gate {
  return new Gate({ places: RETURN_PLACES_OF_ROOT, maxWaiting: MAX_WAITING });
}
