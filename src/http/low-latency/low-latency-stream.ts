import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import type { Fmp4View } from '../../media/fmp4/fmp4-name.ts';
import { LowLatencyWindow } from '../../media/low-latency/low-latency-window.ts';
import type { MediaPlaylist } from '../../media/playlist.ts';
import { ServedPlaylist } from '../../media/served-playlist.ts';
import type { LiveShape, LiveStream } from '../media/live-stream.ts';
import type { PolledList } from '../media/poll.ts';
import type { LowView } from '../route.ts';
import { Waiting } from '../waiting.ts';
import { LowLatencyFmp4 } from './low-latency-fmp4.ts';
import { PartHeads } from './part-heads.ts';

/** The low-latency list of one stream: captured here, or another server's. */
export class LowLatencyStream implements PolledList {
  readonly window: LowLatencyWindow;
  served = new ServedPlaylist();
  polledAtMs = 0;
  readonly #stream: LiveStream;
  readonly #waiting = new Waiting();
  readonly heads: PartHeads;
  /** This list, and the same as fragmented MP4. */
  readonly lists: Readonly<Record<LowView, PolledList>>;

  constructor(stream: LiveStream, shape: LiveShape) {
    this.#stream = stream;
    this.window = new LowLatencyWindow(shape);
    this.heads = new PartHeads(this.window);
    const asMp4 = (view: Fmp4View) => new LowLatencyFmp4(this, this.heads, view);
    this.lists = { mpegts: this, all: asMp4('all'), audio: asMp4('audio') };
  }

  get name(): StreamName {
    return this.#stream.name;
  }

  get place(): StreamPlace {
    return this.#stream.place;
  }

  own(): MediaPlaylist | undefined {
    const { place } = this;
    return place.at === 'here' && this.window.epoch === place.epoch ? this.window.playlist() : undefined;
  }

  changed(ms: number): Promise<void> {
    return this.#waiting.wait(ms);
  }

  wake(): void {
    this.#waiting.wake();
  }
}
