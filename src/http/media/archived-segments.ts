import type { ArchiveClient } from '../../archive/archive-client.ts';
import { Gate } from '../../domain/gate.ts';
import type { SegmentId } from '../../media/segment-name.ts';
import { SegmentCache } from './segment-cache.ts';

/** Beside that of live segments, so that viewers of the past do not push them out. */
const MAX_CACHED_BYTES = 64 * 1024 * 1024;
/** A disk of the archive that hangs keeps these threads of libuv's pool, and none of those that live segments are read by. */
const READS_AT_ONCE = { places: 2, maxWaiting: 1000 } as const;

/** The bytes of recorded segments, each a range of its pack. */
export class ArchivedSegments {
  readonly #client: Pick<ArchiveClient, 'ask'>;
  readonly #cache = new SegmentCache(new Gate(READS_AT_ONCE), MAX_CACHED_BYTES);

  constructor(client: Pick<ArchiveClient, 'ask'>) {
    this.#client = client;
  }

  /** `undefined`: this server has not got it, or cannot read it now. */
  async read(stream: string, { epoch, number }: SegmentId): Promise<Buffer | undefined> {
    try {
      const place = await this.#client.ask('locate', { stream, epoch, number });
      return place && (await this.#cache.readPart(place));
    } catch {
      // The archive is starting, or has too much to do: another server may have the segment.
      return undefined;
    }
  }
}
