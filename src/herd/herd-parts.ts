import type { Ffmpeg } from '../actors/ffmpeg/ffmpeg.ts';
import type { HerdEvent } from '../domain/herd-event.ts';
import type { Log } from '../domain/log.ts';
import type { ServerRecord } from '../domain/records/server-record.ts';
import type { Tally } from '../domain/tally.ts';
import type { Times } from '../domain/times.ts';
import type { Clock } from '../host/clock.ts';
import type { MediaHost } from '../http/public/media-host.ts';
import type { streamMachine } from '../machines/stream.ts';
import type { Store } from '../nats/buckets/store.ts';
import type { Remembering } from './joining/herd-memory.ts';

/** Where the herd is shown to people, from a copy of the view. */
export interface Shown {
  streamChanged(name: string): void;
  /** Of a stream that this server captures, or did: a segment closed, a run of ffmpeg failed, it is over. */
  captureChanged(name: string): void;
  serversChanged(): void;
}

export interface HerdParts {
  readonly server: string;
  /** Servers that the configuration file names. */
  readonly peers?: readonly string[];
  readonly streams: Store;
  readonly owners: Store;
  readonly servers: Store;
  readonly times: Times;
  readonly segmentMs: number;
  /** `<data_dir>/live`. */
  readonly liveFolder: string;
  readonly ffmpeg: Ffmpeg;
  readonly media: Pick<MediaHost, 'setStream' | 'removeStream' | 'addSegment' | 'setServers'>;
  readonly log: Log;
  readonly tally: Tally;
  /** Absent: nothing outlives the process. */
  readonly memory?: Remembering;
  /** Default: the process's own. */
  readonly clock?: Clock;
  /** In [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: `streamMachine`. A simulation plants its faults here. */
  readonly machine?: typeof streamMachine;
  /** Hears what people are shown has changed. Called often: each call is cheap. */
  readonly shown?: Shown;
  publish(event: HerdEvent): void;
  sendReports(text: string): void;
  /** Who is on the roster, or as what, has changed; `records` are those that are. */
  onRoster?(records: readonly ServerRecord[]): void;
  /** A bucket lost data that decisions were made of: the session must end. */
  onAmnesia(why: string): void;
  /** A machine broke and an ffmpeg may live on: only the end of the process is safe. */
  onBroken(why: string): void;
}
