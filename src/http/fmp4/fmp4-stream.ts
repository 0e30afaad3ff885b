import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import { Fmp4List } from '../../media/fmp4/fmp4-list.ts';
import { type Fmp4View, fmp4Name } from '../../media/fmp4/fmp4-name.ts';
import type { MediaPlaylist } from '../../media/playlist.ts';
import { parseSegmentName } from '../../media/segment-name.ts';
import { ServedPlaylist } from '../../media/served-playlist.ts';
import type { LiveStream } from '../media/live-stream.ts';
import type { PolledList } from '../media/poll.ts';
import type { SegmentCache } from '../media/segment-cache.ts';
import { Waiting } from '../waiting.ts';
import { LACKS } from './known-heads.ts';
import { SegmentHeads } from './segment-heads.ts';

/** A list that was not asked for during so long has no player: what closes is not looked at. */
const UNWATCHED_MS = 60_000;

/** One stream as MP4: a view of its segments, of which nothing exists until it is asked for. */
export class Fmp4Stream {
  readonly heads: SegmentHeads;
  readonly lists: Readonly<Record<Fmp4View, PolledView>>;

  constructor(stream: LiveStream, cache: Pick<SegmentCache, 'read'>) {
    this.heads = new SegmentHeads(stream.window, cache);
    this.lists = { all: new PolledView(stream, this.heads, 'all'), audio: new PolledView(stream, this.heads, 'audio') };
  }

  /** The place of the stream, or its segments, have changed. */
  changed(): void {
    for (const list of Object.values(this.lists)) list.streamChanged();
  }
}

/** A list of one view, as players poll it. */
export class PolledView implements PolledList {
  served = new ServedPlaylist();
  polledAtMs = 0;
  readonly #stream: LiveStream;
  readonly #heads: SegmentHeads;
  readonly #view: Fmp4View;
  readonly #list: Fmp4List;
  readonly #waiting = new Waiting();
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(stream: LiveStream, heads: SegmentHeads, view: Fmp4View) {
    this.#stream = stream;
    this.#heads = heads;
    this.#view = view;
    this.#list = new Fmp4List({
      hashOf: (uri) => heads.known(uri)?.inits[view]?.hash,
      nameOf: (uri) => {
        const id = parseSegmentName(uri);
        return id === undefined ? uri : fmp4Name({ ...id, kind: 'fragment', view });
      },
    });
  }

  get name(): StreamName {
    return this.#stream.name;
  }

  get place(): StreamPlace {
    return this.#stream.place;
  }

  /** What is listed and was not looked at is looked at now, and is in the next list. */
  own(): MediaPlaylist | undefined {
    this.#askedAtMs = performance.now();
    const list = this.#stream.own();
    if (list === undefined) return undefined;
    if (!this.#heads.isUpToDate) this.#look();
    return this.#list.of(list);
  }

  get lack(): string | undefined {
    if (this.#stream.own() === undefined || !this.#heads.isUpToDate) return undefined;
    return `${LACKS[this.#view]} is in ${this.name}`;
  }

  changed(ms: number): Promise<void> {
    return this.#waiting.wait(ms);
  }

  streamChanged(): void {
    this.#waiting.wake();
    if (performance.now() - this.#askedAtMs < UNWATCHED_MS && !this.#heads.isUpToDate) this.#look();
  }

  #look(): void {
    void this.#heads.look().then((hasFound) => {
      // Polls that wait would only look again at what cannot be read.
      if (!hasFound) return;
      this.#list.learned();
      this.#waiting.wake();
    });
  }
}
