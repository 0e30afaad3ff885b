import { join } from 'node:path';
import type { CallbackLogicFunction } from 'xstate';
import { schemeOf } from '../../domain/definition/source-url.ts';
import type { SourceFailure } from '../../domain/source-failure.ts';
import type { FfmpegCommand, FfmpegInput, FfmpegReport } from '../../machines/capture-contract.ts';
import { SEGMENTLESS_MS, segmentlessRemark, soundRemark } from '../../media/ffmpeg/copy-remarks.ts';
import { captureCommand } from '../../media/ffmpeg/ffmpeg-arguments.ts';
import { ProgressReader } from '../../media/ffmpeg/progress.ts';
import { segmentName } from '../../media/segment-name.ts';
import { type AnnouncedSegment, SegmentPlaylistReader } from '../../media/segment-playlist.ts';
import { Pushes } from '../push/pushes.ts';
import { makeCaptureFolder } from './capture-folder.ts';
import { ClosedSegments } from './closed-segments.ts';
import type { FfmpegActorParts } from './ffmpeg-parts.ts';
import { type CaptureOutlet, type FfmpegProcess, startFfmpeg } from './ffmpeg-process.ts';
import type { SpareFfmpeg } from './spare-ffmpeg.ts';
import type { Tap } from './taps.ts';

/** For `fromCallback`. */
export type Ffmpeg = CallbackLogicFunction<FfmpegCommand, FfmpegReport, FfmpegInput>;

/**
 * An advance of less than this is no progress. When a source's timestamps jump back, ffmpeg writes each further packet one tick after
 * the last one: for as long as the jump was, out_time then advances by less than a millisecond a second.
 */
const MIN_ADVANCE_MS = 20;
/** One of sound, one of picture, one of key frames: there are no others. */
const MAX_REMARKS = 3;

/**
 * One ffmpeg, as the capture machine knows it.
 *
 *         ┌──────────── a spare is ready ────────────┐
 *         │                                          ▼
 *     (invoked) ──▶ waiting at the start gate ──▶ running ──▶ dead
 *                        │ stop, discard, kill      │ stop, discard: SIGTERM, SIGKILL after 1.5 s
 *                        ▼                          │ kill: SIGKILL
 *                   ffmpeg.exited                   ▼
 *                                              ffmpeg.exited
 *
 * 1. `ffmpeg.exited` is sent exactly once and last, whatever happens, also when nothing could be started.
 * 2. When it is sent, the process and all its pushes are dead, and every whole segment of its has been sent.
 * 3. When the actor is stopped by its parent, the process is killed at once and nothing more is sent.
 * 4. Its pushes end in the turn in which it is told to stop or is killed, or in which it has ended by itself.
 * 5. A process is started, or a spare begins, only while its server has standing.
 */
export function ffmpegActor(parts: FfmpegActorParts): Ffmpeg {
  return ({ input, sendBack, receive }) => {
    const capture = new Capture(input, parts, sendBack);
    receive(({ type }) => {
      if (type === 'ffmpeg.kill') capture.kill();
      else capture.stop(type === 'ffmpeg.discard');
    });
    return () => capture.abandon();
  };
}

class Capture {
  readonly #input: FfmpegInput;
  readonly #parts: FfmpegActorParts;
  readonly #send: (event: FfmpegReport) => void;
  readonly #segments: ClosedSegments;
  readonly #pushes: Pushes;
  readonly #playlists = new SegmentPlaylistReader();
  readonly #progress = new ProgressReader();
  #process: FfmpegProcess | undefined;
  #spare: SpareFfmpeg | undefined;
  #tap: Tap | undefined;
  #leaveGate: (() => void) | undefined;
  /** Nothing is sent any more. */
  #silent = false;
  /** Nothing is started any more. */
  #cancelled = false;
  #failure: SourceFailure | undefined;
  readonly #remarks = new Set<string>();
  #outTimeMs = 0;
  /** What `#outTimeMs` was at the last segment, or at the first data. */
  #segmentEndMs: number | undefined;
  #bitrateKbps: number | undefined;

  constructor(input: FfmpegInput, parts: FfmpegActorParts, send: (event: FfmpegReport) => void) {
    this.#input = input;
    this.#parts = parts;
    this.#send = send;
    this.#segments = new ClosedSegments({
      stream: input.stream,
      epoch: input.epoch,
      folder: input.folder,
      disk: parts.disk,
      onSegment: (segment) => {
        this.#bitrateKbps = (segment.bytes * 8) / segment.durationMs;
        this.#segmentEndMs = this.#outTimeMs;
        this.#say({ type: 'ffmpeg.segment', segment });
        this.#pushes.give(segment);
      },
      onFailure: (failure) => {
        this.#failure ??= failure;
        this.#process?.kill();
      },
    });
    this.#pushes = new Pushes({
      ...{ folder: input.folder, tools: parts.tools, disk: parts.disk, gate: parts.pushGate ?? parts.gate },
      stands: parts.stands,
      urls: input.pushes,
      onChange: (pushes) => this.#say({ type: 'ffmpeg.pushed', pushes }),
    });
    void this.#prepare();
  }

  stop(discards: boolean): void {
    if (discards) this.#segments.discard();
    this.#pushes.stop();
    if (this.#process === undefined) this.#cancel();
    else this.#process.stop();
  }

  kill(): void {
    this.#pushes.kill();
    if (this.#process === undefined) this.#cancel();
    else this.#process.kill();
  }

  abandon(): void {
    this.#silent = true;
    this.kill();
  }

  #cancel(message = 'stopped before it was started'): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#leaveGate?.();
    this.#exit({ kind: 'ended', message });
  }

  async #prepare(): Promise<void> {
    try {
      const { tools, taps, disk, folderWithinMs, spares } = this.#parts;
      this.#tap = taps?.open();
      const command = captureCommand({ ...this.#input, tap: this.#tap?.target, drawsText: tools.drawsText });
      await makeCaptureFolder(disk, this.#input.folder, folderWithinMs);
      if (!this.#mayStart()) return;
      this.#spare = spares?.take(this.#input);
      this.#tap = this.#spare?.tap ?? this.#tap;
      this.#tap?.begins(this.#input);
      if (this.#spare !== undefined) this.#began(this.#spare.begin(this.#outlet()));
      else
        this.#leaveGate = this.#parts.gate.enter(() => {
          if (this.#mayStart()) this.#began(startFfmpeg({ command, tools, ...this.#outlet() }));
        });
    } catch (error) {
      if (this.#cancelled) return;
      this.#cancelled = true;
      const message = error instanceof Error ? error.message : String(error);
      this.#exit({ kind: error instanceof RangeError ? 'unsupported' : 'ours', message });
    }
  }

  /** When a machine wakes, the turn of a start may come before the turn in which its server notices that it has no standing. */
  #mayStart(): boolean {
    if (!this.#cancelled && !this.#parts.stands()) this.#cancel('not started: this server has no standing');
    return !this.#cancelled;
  }

  #began(process: FfmpegProcess): void {
    this.#process = process;
    // Told only now: the parent may answer with a command at once, and the command must find the process.
    if (process.pid !== undefined) this.#say({ type: 'ffmpeg.started', pid: process.pid });
  }

  #outlet(): CaptureOutlet {
    return {
      url: () => this.#input.url,
      onSegments: (chunk) => {
        for (const segment of this.#playlists.push(chunk)) this.#announced(segment);
      },
      onProgress: (chunk) => {
        for (const { outTimeMs } of this.#progress.push(chunk)) this.#progressed(outTimeMs);
      },
      onRemark: (remark) => this.#remark(remark),
      onSound: (codec) => this.#sounded(codec),
      onEnd: (failure) => void this.#ended(failure),
    };
  }

  /** A spare knew neither stream nor epoch nor numbers when it was started: what it writes is named now. */
  #announced(segment: AnnouncedSegment): void {
    if (this.#spare === undefined) {
      this.#segments.announced(segment);
      return;
    }
    const { epoch, startNumber } = this.#input;
    const number = startNumber + segment.number;
    const named = { ...segment, number, fileName: segmentName({ epoch, number }) };
    this.#segments.announced(named, join(this.#spare.folder, segment.fileName));
  }

  async #ended(failure: SourceFailure): Promise<void> {
    this.#pushes.stop();
    await Promise.all([this.#segments.settled(), this.#pushes.ended()]);
    this.#exit(this.#failure ?? failure);
    await this.#spare?.discard();
  }

  #progressed(outTimeMs: number | undefined): void {
    if (outTimeMs === undefined || outTimeMs < this.#outTimeMs + MIN_ADVANCE_MS) return;
    this.#outTimeMs = outTimeMs;
    this.#segmentEndMs ??= this.#outTimeMs;
    if (this.#outTimeMs - this.#segmentEndMs >= SEGMENTLESS_MS) this.#remark(segmentlessRemark(SEGMENTLESS_MS));
    // ffmpeg knows no bitrate of an HLS output: the last segment's is the stream's.
    const bitrateKbps = this.#bitrateKbps;
    this.#say({ type: 'ffmpeg.progressed', outTimeMs, ...(bitrateKbps === undefined ? {} : { bitrateKbps }) });
  }

  #sounded(codec: string): void {
    const { url, profile, sound } = this.#input;
    // A test pattern is raw sound, which is always encoded.
    if (schemeOf(url) === 'test') return;
    const remark = soundRemark(codec, sound, profile === undefined || profile.audio === 'copy');
    if (remark !== undefined) this.#remark(remark);
    this.#say({ type: 'ffmpeg.sounded', codec });
  }

  #remark(remark: string): void {
    if (this.#remarks.has(remark) || this.#remarks.size >= MAX_REMARKS) return;
    this.#remarks.add(remark);
    this.#say({ type: 'ffmpeg.remarked', remark: [...this.#remarks].join('; ') });
  }

  #exit(failure: SourceFailure): void {
    if (failure.kind === 'ours') this.#parts.suspect?.();
    this.#tap?.ended();
    this.#say({ type: 'ffmpeg.exited', failure });
    this.#silent = true;
  }

  #say(event: FfmpegReport): void {
    if (!this.#silent) this.#send(event);
  }
}
