import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import { Fmp4List } from '../../media/fmp4/fmp4-list.ts';
import type { LowLatencyWindow } from '../../media/low-latency/low-latency-window.ts';
import { type PartId, parsePartName, partName } from '../../media/low-latency/part-name.ts';
import type { MediaPlaylist } from '../../media/playlist.ts';
import { ServedPlaylist } from '../../media/served-playlist.ts';
import { type KnownHead, KnownHeads } from '../fmp4/known-heads.ts';
import type { PolledList } from '../media/poll.ts';

/** What is seen as MP4: the list of a stream with low latency, whose parts are in memory. */
export interface SeenList extends Pick<PolledList, 'name' | 'place' | 'own' | 'changed'> {
  readonly window: Pick<LowLatencyWindow, 'find'>;
}

/** The low-latency list of one stream as fragmented MP4. Each segment begins with a part that says what stands in front of all of its parts. */
export class LowLatencyFmp4 implements PolledList {
  served = new ServedPlaylist();
  polledAtMs = 0;
  readonly #seen: SeenList;
  readonly #list = new Fmp4List();
  /** By the names of segments that the list has, and of the one that is being written. */
  readonly #heads = new KnownHeads();
  /** Made once for each change. */
  #made: { readonly of: MediaPlaylist; readonly list: MediaPlaylist | undefined } | undefined;

  constructor(seen: SeenList) {
    this.#seen = seen;
  }

  get name(): StreamName {
    return this.#seen.name;
  }

  get place(): StreamPlace {
    return this.#seen.place;
  }

  get lack(): string | undefined {
    return this.#seen.own() === undefined ? undefined : `neither H.264 nor HEVC nor AAC is in ${this.name}`;
  }

  own(): MediaPlaylist | undefined {
    const list = this.#seen.own();
    if (list === undefined) return undefined;
    this.#made = this.#made?.of === list ? this.#made : { of: list, list: this.#make(list) };
    return this.#made.list;
  }

  changed(ms: number): Promise<void> {
    return this.#seen.changed(ms);
  }

  init(hash: string): Buffer | undefined {
    return this.#heads.init(hash);
  }

  /** Of the segment, or of the one that the part is of; `undefined`: it is gone, is not there yet, or cannot be in an MP4. */
  head({ epoch, number }: PartId): KnownHead | undefined {
    const name = partName({ epoch, number });
    if (this.#heads.has(name)) return this.#heads.of(name);
    const first = this.#seen.window.find({ epoch, number, part: 0 });
    if (first === undefined) return undefined;
    this.#heads.keepOnly((other) => this.#isThere(other));
    return this.#heads.take(name, first, { run: `${epoch}`, startMs: Date.now() });
  }

  #make(list: MediaPlaylist): MediaPlaylist | undefined {
    return this.#list.of(list, {
      hashOf: (uri) => {
        const id = parsePartName(uri);
        return id && this.head(id)?.inits.all?.hash;
      },
      nameOf: (uri) => {
        const id = parsePartName(uri);
        return id === undefined ? uri : partName({ ...id, isFmp4: true });
      },
    });
  }

  #isThere(name: string): boolean {
    const id = parsePartName(name);
    return id !== undefined && this.#seen.window.find({ ...id, part: 0 }) !== undefined;
  }
}
