import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import { LowLatencyWindow } from '../../media/low-latency/low-latency-window.ts';
import type { MediaPlaylist } from '../../media/playlist.ts';
import { ServedPlaylist } from '../../media/served-playlist.ts';
import type { LiveShape, LiveStream } from '../media/live-stream.ts';
import type { PolledList } from '../media/poll.ts';
import { Waiting } from '../waiting.ts';
import { LowLatencyFmp4 } from './low-latency-fmp4.ts';

/** The low-latency list of one stream: captured here, or another server's. */
export class LowLatencyStream implements PolledList {
  readonly window: LowLatencyWindow;
  served = new ServedPlaylist();
  polledAtMs = 0;
  readonly #stream: LiveStream;
  readonly #waiting = new Waiting();
  /** The same as fragmented MP4. */
  readonly fmp4: LowLatencyFmp4;

  constructor(stream: LiveStream, shape: LiveShape) {
    this.#stream = stream;
    this.window = new LowLatencyWindow(shape);
    this.fmp4 = new LowLatencyFmp4(this);
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

  init(hash: string): Buffer | undefined {
    return this.fmp4.init(hash);
  }

  changed(ms: number): Promise<void> {
    return this.#waiting.wait(ms);
  }

  wake(): void {
    this.#waiting.wake();
  }
}
