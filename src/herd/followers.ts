import type { SessionView } from '../actors/session-ports.ts';
import type { ServerRecord } from '../domain/records/server-record.ts';
import type { ServerSite } from './joining/server-site.ts';

/** What a herd tells its followers. There are many calls, so each is cheap. */
export interface HerdFollower {
  /** What is known of the stream has changed. */
  streamChanged?(name: string): void;
  /** Of a stream that this server captures, or did: a segment closed, a run of ffmpeg failed, it is over. */
  captureChanged?(name: string): void;
  serversChanged?(): void;
  /** The roster has another server, or one of it is described otherwise; `live` are the records of all that are on it. */
  rosterChanged?(live: readonly ServerRecord[]): void;
  /** A session of this server has begun to join. */
  sessionOpened?(session: SessionView): void;
  /** Whether this server may capture, or whether it does, has changed. Told before the herd acts on it. */
  standingChanged?(): void;
  /** Another server, or this one itself as it hears its own words, has been refused because this one holds its name. */
  namesakeRefused?(site: ServerSite): void;
}

/** All that follow one herd. */
export class Followers implements Required<HerdFollower> {
  readonly #all = new Set<HerdFollower>();

  /** @returns what ends it. */
  add(follower: HerdFollower): () => void {
    this.#all.add(follower);
    return () => this.#all.delete(follower);
  }

  streamChanged(name: string): void {
    for (const follower of this.#all) follower.streamChanged?.(name);
  }

  captureChanged(name: string): void {
    for (const follower of this.#all) follower.captureChanged?.(name);
  }

  serversChanged(): void {
    for (const follower of this.#all) follower.serversChanged?.();
  }

  rosterChanged(live: readonly ServerRecord[]): void {
    for (const follower of this.#all) follower.rosterChanged?.(live);
  }

  sessionOpened(session: SessionView): void {
    for (const follower of this.#all) follower.sessionOpened?.(session);
  }

  standingChanged(): void {
    for (const follower of this.#all) follower.standingChanged?.();
  }

  namesakeRefused(site: ServerSite): void {
    for (const follower of this.#all) follower.namesakeRefused?.(site);
  }
}
