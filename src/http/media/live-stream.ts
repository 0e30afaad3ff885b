import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import { LiveWindow } from '../../media/live-window.ts';
import type { MediaPlaylist } from '../../media/playlist.ts';
import { ServedPlaylist } from '../../media/served-playlist.ts';
import { Waiting } from '../waiting.ts';

/** The configured shape of live playlists, the same on every server of a herd. */
export interface LiveShape {
  readonly segmentMs: number;
  /** How many segments a media playlist lists, unless RFC 8216 demands more. */
  readonly window: number;
  /** Parts of segments are listed while they are written. */
  readonly lowLatency: boolean;
}

/** One stream as the media worker knows it: its place, its segments on this server, and the lists that were served. */
export class LiveStream {
  readonly name: StreamName;
  readonly window: LiveWindow;
  served = new ServedPlaylist();
  /** When a player last polled the media playlist. */
  polledAtMs = 0;
  #place: StreamPlace;
  readonly #waiting = new Waiting();

  constructor(name: StreamName, place: StreamPlace, live: LiveShape) {
    this.name = name;
    this.#place = place;
    this.window = new LiveWindow(live);
  }

  get place(): StreamPlace {
    return this.#place;
  }

  move(place: StreamPlace, nowMs: number): void {
    this.#place = place;
    if (place.at === 'elsewhere') this.window.retire(nowMs);
    this.#waiting.wake();
  }

  add(segment: LiveSegment, nowMs: number): void {
    this.window.add(segment, nowMs);
    this.#waiting.wake();
  }

  /** The newest segment of the capture that runs here now. */
  get newestHere(): LiveSegment | undefined {
    const newest = this.window.newest;
    return this.#place.at === 'here' && newest?.epoch === this.#place.epoch ? newest : undefined;
  }

  /** The list of a capture that runs here, also for other servers. */
  own(): MediaPlaylist | undefined {
    return this.newestHere && this.window.playlist();
  }

  /** Resolves when the place changes or a segment closes, or after `ms`. */
  changed(ms: number): Promise<void> {
    return this.#waiting.wait(ms);
  }
}
