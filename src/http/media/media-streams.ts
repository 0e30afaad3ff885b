import { parseStreamName, type StreamName } from '../../domain/definition/stream-name.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import { USUAL_LIST } from '../route.ts';
import { type LiveShape, LiveStream } from './live-stream.ts';

/** How many other servers a multivariant playlist names as redundant ways to the same media. */
const MAX_REDUNDANT = 2;

/** A server of the herd, as media is answered about it. */
export interface MediaServer {
  readonly name: string;
  readonly publicUrl: string;
  readonly peerUrl: string;
  readonly session: string;
}

/** The media worker's copy of the view: every stream, and the live servers. */
export class MediaStreams {
  readonly self: string;
  readonly live: LiveShape;
  readonly #streams = new Map<StreamName, LiveStream>();
  #servers: readonly MediaServer[] = [];

  constructor(self: string, live: LiveShape) {
    this.self = self;
    this.live = live;
  }

  /** Of this server; `undefined`: it is not in the herd. */
  get session(): string | undefined {
    return this.#servers.find(({ name }) => name === this.self)?.session;
  }

  get(stream: StreamName): LiveStream | undefined {
    return this.#streams.get(stream);
  }

  /** Like `get`, for a name that has not been checked. */
  named(name: string): LiveStream | undefined {
    // A lookup needs no check: an invalid name is not in the map.
    return this.#streams.get(name as StreamName);
  }

  place(stream: StreamName): StreamPlace | undefined {
    return this.#streams.get(stream)?.place;
  }

  set(name: string, place: StreamPlace, nowMs: number): void {
    const stream = this.named(name);
    if (stream) {
      stream.move(place, nowMs);
      return;
    }
    const parsed = parseStreamName(name);
    if (parsed !== undefined) this.#streams.set(parsed, new LiveStream(parsed, place, this.live));
  }

  /** Forgets the stream and returns the segments that it still kept. */
  forget(name: string, nowMs: number): LiveSegment[] {
    const stream = this.named(name);
    if (!stream) return [];
    this.#streams.delete(stream.name);
    stream.move({ at: 'nowhere', why: 'it is no longer defined' }, nowMs);
    stream.window.retire(nowMs);
    return stream.window.expire(Number.POSITIVE_INFINITY);
  }

  setServers(servers: readonly MediaServer[]): void {
    this.#servers = servers;
  }

  expire(nowMs: number): LiveSegment[] {
    return [...this.#streams.values()].flatMap((stream) => stream.window.expire(nowMs));
  }

  /**
   * Where the media playlist of a stream that is captured here can be polled, the best server first. The server that redirected the
   * viewer comes first: it does not die with the owner, so its list carries the player through the owner's death. An invented `via`
   * has no effect, because only live servers are named.
   */
  mediaPlaylistUris(stream: StreamName, via: string | undefined, list = USUAL_LIST): string[] {
    const others = this.#servers.filter((server) => server.name !== this.self);
    const leader = others.find((server) => server.name === via);
    const rest = rotated(others, stream).filter((server) => server !== leader);
    const urls = rest.map((server) => playlistUrl(server, stream, list));
    if (!leader) return [list, ...urls.slice(0, MAX_REDUNDANT)];
    return [playlistUrl(leader, stream, list), list, ...urls.slice(0, MAX_REDUNDANT - 1)];
  }
}

/** The order is the same at every request for a stream, and differs between streams, so that no single server is the spare of all. */
function rotated(servers: readonly MediaServer[], stream: string): MediaServer[] {
  const sorted = [...servers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const sum = [...stream].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  const start = sorted.length > 0 ? sum % sorted.length : 0;
  return [...sorted.slice(start), ...sorted.slice(0, start)];
}

function playlistUrl(server: MediaServer, stream: StreamName, list: string): string {
  return `${server.publicUrl.replace(/\/+$/, '')}/${stream}/${list}`;
}
