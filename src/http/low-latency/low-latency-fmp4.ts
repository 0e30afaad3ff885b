import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import { Fmp4List } from '../../media/fmp4/fmp4-list.ts';
import type { Fmp4View } from '../../media/fmp4/fmp4-name.ts';
import { parsePartName, partName } from '../../media/low-latency/part-name.ts';
import type { MediaPlaylist } from '../../media/playlist.ts';
import { ServedPlaylist } from '../../media/served-playlist.ts';
import { LACKS } from '../fmp4/known-heads.ts';
import type { PolledList } from '../media/poll.ts';
import type { PartHeads } from './part-heads.ts';

/** What is seen as MP4: the list of a stream with low latency. */
export type SeenList = Pick<PolledList, 'name' | 'place' | 'own' | 'changed'>;

/** One view of the low-latency list of a stream, as fragmented MP4. */
export class LowLatencyFmp4 implements PolledList {
  served = new ServedPlaylist();
  polledAtMs = 0;
  readonly #seen: SeenList;
  readonly #view: Fmp4View;
  readonly #list: Fmp4List;

  constructor(seen: SeenList, heads: PartHeads, view: Fmp4View) {
    this.#seen = seen;
    this.#view = view;
    this.#list = new Fmp4List({
      hashOf: (uri) => {
        const id = parsePartName(uri);
        return id && heads.of(id)?.inits[view]?.hash;
      },
      nameOf: (uri) => {
        const id = parsePartName(uri);
        return id === undefined ? uri : partName({ ...id, view });
      },
    });
  }

  get name(): StreamName {
    return this.#seen.name;
  }

  get place(): StreamPlace {
    return this.#seen.place;
  }

  get lack(): string | undefined {
    return this.#seen.own() === undefined ? undefined : `${LACKS[this.#view]} is in ${this.name}`;
  }

  own(): MediaPlaylist | undefined {
    const list = this.#seen.own();
    return list && this.#list.of(list);
  }

  changed(ms: number): Promise<void> {
    return this.#seen.changed(ms);
  }
}
