import { basename } from 'node:path';
import type { ArchiveClient } from '../../archive/archive-client.ts';
import { within } from '../../archive/disk/stall.ts';
import { MEDIA_ENDING, type PackId, parsePackStem } from '../../archive/pack/pack-name.ts';
import { segmentHash } from '../../archive/pack/pack-reading.ts';
import type { Gate } from '../../domain/gate.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import { viewersOfRoot } from '../../media/disk-places.ts';
import type { SegmentId } from '../../media/segment-name.ts';
import { SegmentCache } from './segment-cache.ts';

/** A cache beside that of live segments, so that viewers of the past do not push live segments out. */
const MAX_CACHED_BYTES = 64 * 1024 * 1024;
/** A disk that has not answered by then hangs: another server may have the segment. */
const READ_WITHIN_MS = 10_000;

export interface ArchivedSegment {
  readonly body: Buffer;
  /** That it is in. */
  readonly pack: PackId | undefined;
}

/** The bytes of recorded segments, each a range of its pack. */
export class ArchivedSegments {
  readonly #client: Pick<ArchiveClient, 'ask'>;
  readonly #cache = new SegmentCache(viewersOfRoot(), MAX_CACHED_BYTES);
  /** A root that hangs keeps its own, and none of those that live segments or other roots are read by. */
  readonly #disks = new Map<string, Gate>();

  constructor(client: Pick<ArchiveClient, 'ask'>) {
    this.#client = client;
  }

  /** `undefined`: this server does not have the segment, or cannot read it now, or its bytes are not those that were recorded. */
  async read(stream: string, { epoch, number }: SegmentId): Promise<ArchivedSegment | undefined> {
    try {
      const place = await this.#client.ask('locate', { stream, epoch, number });
      if (place === undefined) return undefined;
      const check = (bytes: Buffer) => {
        if (place.sha256 === undefined || segmentHash(bytes) === place.sha256) return;
        // The archive reads the whole pack back, and believes only what it finds itself.
        void this.#client.ask('suspect', { stream, epoch, number }).catch(() => {});
        throw new Error('it is rotten');
      };
      const reading = this.#cache.readPart(place, this.#diskOf(place.root), check);
      const body = await within(PROCESS_CLOCK, READ_WITHIN_MS, reading);
      return body && { body, pack: parsePackStem(basename(place.file, MEDIA_ENDING)) };
    } catch {
      // The archive is starting, or is overloaded: another server may have the segment.
      return undefined;
    }
  }

  #diskOf(root: string): Gate {
    const disk = this.#disks.get(root) ?? viewersOfRoot();
    this.#disks.set(root, disk);
    return disk;
  }
}
