import type { Fmp4View } from '../../media/fmp4/fmp4-name.ts';
import type { ArchivedSegments } from '../media/archived-segments.ts';
import type { LiveStream } from '../media/live-stream.ts';
import type { MediaStreams } from '../media/media-streams.ts';
import { PeerPlaylists } from '../media/peer-playlist.ts';
import type { PollContext } from '../media/poll.ts';
import type { SegmentCache } from '../media/segment-cache.ts';
import { FMP4_LISTS } from '../route.ts';
import { Fmp4Segments } from './fmp4-segments.ts';
import { Fmp4Stream } from './fmp4-stream.ts';
import { PackTimes } from './pack-times.ts';
import { RecordedHeads } from './recorded-heads.ts';

export interface Fmp4Input {
  readonly streams: MediaStreams;
  readonly cache: Pick<SegmentCache, 'read'>;
  readonly archived: Pick<ArchivedSegments, 'read'>;
  /** Of requests to other servers. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly remark: (why: string) => void;
}

/** The part of the media worker that shows streams as fragmented MP4. */
export class Fmp4 {
  readonly segments = new Fmp4Segments();
  readonly recorded: RecordedHeads;
  readonly contexts: Readonly<Record<Fmp4View, PollContext>>;
  readonly #input: Fmp4Input;
  readonly #peers: readonly PeerPlaylists[];
  /** One that was removed and defined again is another. */
  readonly #known = new WeakMap<LiveStream, Fmp4Stream>();

  constructor(input: Fmp4Input) {
    const { streams, headers, signal, remark } = input;
    this.#input = input;
    this.recorded = new RecordedHeads(new PackTimes(input.archived), streams.live.segmentMs);
    const context = (view: Fmp4View) => {
      return { peers: new PeerPlaylists(streams.self, headers, FMP4_LISTS[view]), signal, remark };
    };
    this.contexts = { all: context('all'), audio: context('audio') };
    this.#peers = Object.values(this.contexts).map(({ peers }) => peers);
  }

  of(stream: LiveStream): Fmp4Stream {
    const known = this.#known.get(stream) ?? new Fmp4Stream(stream, this.#input.cache);
    this.#known.set(stream, known);
    return known;
  }

  /** A segment of the stream has been closed. */
  closed(stream: string): void {
    this.#seen(stream)?.changed();
  }

  moved(stream: string): void {
    for (const peers of this.#peers) peers.moved(stream, this.#input.streams.named(stream)?.place);
    this.#seen(stream)?.changed();
  }

  /** As far as it was ever asked for. */
  #seen(name: string): Fmp4Stream | undefined {
    const stream = this.#input.streams.named(name);
    return stream && this.#known.get(stream);
  }
}
