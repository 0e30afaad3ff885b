import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import type { PartRun } from '../../media/low-latency/low-latency-window.ts';
import type { MediaStreams } from '../media/media-streams.ts';
import { PeerPlaylists } from '../media/peer-playlist.ts';
import type { PollContext } from '../media/poll.ts';
import { LOW_LISTS, type LowView } from '../route.ts';
import { LowLatencyStreams } from './low-latency-streams.ts';
import { PartReceiver } from './part-receiver.ts';

export interface LowLatencyInput {
  readonly streams: MediaStreams;
  /** Where each ffmpeg sends its parts. */
  readonly socket: string;
  /** Of requests to other servers. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly remark: (why: string) => void;
}

/** The part of the media worker that lists parts of segments. */
export class LowLatency {
  readonly streams: LowLatencyStreams;
  readonly contexts: Readonly<Record<LowView, PollContext>>;
  readonly #input: LowLatencyInput;
  #receiver: PartReceiver | undefined;

  constructor(input: LowLatencyInput) {
    const { streams, headers, signal, remark } = input;
    this.#input = input;
    this.streams = new LowLatencyStreams(streams);
    const context = (view: LowView) => {
      return { peers: new PeerPlaylists(streams.self, headers, LOW_LISTS[view]), signal, remark };
    };
    this.contexts = { mpegts: context('mpegts'), all: context('all'), audio: context('audio') };
  }

  /** Without the socket nothing is listed with low latency, and everything else goes on. */
  async open(): Promise<void> {
    const { socket, streams, remark } = this.#input;
    const { segmentMs } = streams.live;
    this.#receiver = await PartReceiver.open(socket, { streams: this.streams, segmentMs, remark }).catch(
      (error: Error) => {
        remark(`no low latency: ${error.message}`);
        return undefined;
      },
    );
  }

  async close(): Promise<void> {
    await this.#receiver?.close();
  }

  tap(id: number, run: PartRun | undefined): void {
    if (run) this.streams.tapBegins(id, run);
    else this.streams.tapEnds(id);
  }

  written(segment: LiveSegment, nowMs: number): void {
    this.streams.written(segment, nowMs);
  }

  moved(stream: string, nowMs: number): void {
    const place = this.#input.streams.named(stream)?.place;
    for (const { peers } of Object.values(this.contexts)) peers.moved(stream, place);
    this.streams.moved(stream, nowMs);
  }
}
