import type { Ffmpeg } from '../actors/ffmpeg/ffmpeg.ts';
import type { SessionView } from '../actors/session-ports.ts';
import type { ArchiveThread } from '../archive/archive-thread.ts';
import type { HerdEvent } from '../domain/herd-event.ts';
import type { Log } from '../domain/log.ts';
import type { Tally } from '../domain/tally.ts';
import type { Times } from '../domain/times.ts';
import type { Clock } from '../host/clock.ts';
import type { MediaHost } from '../http/public/media-host.ts';
import type { streamMachine } from '../machines/stream.ts';
import type { Store } from '../nats/buckets/store.ts';
import type { Remembering } from './joining/herd-memory.ts';
import type { Definitions } from './view/definitions.ts';

/** The world as a herd needs it. */
export interface HerdParts {
  readonly server: string;
  /** Servers that the configuration file names. */
  readonly peers?: readonly string[];
  readonly streams: Store;
  readonly owners: Store;
  readonly servers: Store;
  readonly times: Times;
  readonly segmentMs: number;
  /** Streams have a list with low latency. */
  readonly lowLatency: boolean;
  /** `<data_dir>/live`. */
  readonly liveFolder: string;
  readonly ffmpeg: Ffmpeg;
  readonly media: Pick<MediaHost, 'setStream' | 'removeStream' | 'addSegment' | 'setServers'>;
  /** Absent: nothing is recorded. */
  readonly archive?: Pick<ArchiveThread, 'setRule' | 'setHome' | 'setServers' | 'segmentClosed' | 'captureEnded'>;
  /** For how long a home may be away until its streams belong to the servers that stand in for it; absent: for ever. */
  readonly adoptMs?: number | undefined;
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
  publish(event: HerdEvent): void;
  sendReports(text: string): void;
  /** Brings the bucket `streams` in line with this server's configuration file. Resolves to whether it is. Absent: there is no file. */
  applyFile?(definitions: Definitions): Promise<boolean>;
  /** The session that the membership drives now, or drove last. Absent: there is none. */
  session?(): SessionView | undefined;
  /** A bucket lost data that decisions were made of: the session must end. */
  onAmnesia(why: string): void;
  /** A machine broke and an ffmpeg may live on: only the end of the process is safe. */
  onBroken(why: string): void;
}
