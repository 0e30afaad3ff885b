import type { Gate } from '../../domain/gate.ts';
import type { Tools } from '../../media/ffmpeg/wrapped-command.ts';
import type { SpareFfmpegs } from './spare-ffmpegs.ts';
import type { StartGate } from './start-gate.ts';
import type { Taps } from './taps.ts';

/** What the ffmpeg actor is given by its server. */
export interface FfmpegActorParts {
  readonly gate: StartGate;
  /** Lets pushes start. Default: `gate`. */
  readonly pushGate?: StartGate;
  readonly tools: Tools;
  /** All calls into the disk go through it. */
  readonly disk: Gate;
  /** Whether this server has standing at this moment. */
  stands(): boolean;
  /** Absent: every ffmpeg is started when it is needed. */
  readonly spares?: SpareFfmpegs | undefined;
  /** Absent: low latency is off. */
  readonly taps?: Taps | undefined;
  /** Told of a failure that is this server's own, not the source's. */
  readonly suspect?: () => void;
  /** The time for making the stream's folder. */
  readonly folderWithinMs?: number;
}
