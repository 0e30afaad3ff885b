import { randomInt } from 'node:crypto';
import type { Clip, Track } from './clip.ts';
import { stampFrameNumber } from './frame-number.ts';
import { INTERLEAVE_BYTES, senderReport, stamp } from './rtp-packet.ts';

/** Where a puller comes in: `key-frame` begins with the last key frame, at once; `live` with whatever frame is due, as many
 * cameras do, so that the first key frame is up to a group of pictures away. */
export type StartAt = 'key-frame' | 'live';

const REPORT_EVERY_MS = 5000;

/**
 * The media of one pull: what is due at a moment of the camera's clock, stamped for this puller. Timestamps are those of the
 * camera's clock, so they run on over the end of the clip, over a stall, and from one pull to the next.
 */
export class MediaSender {
  readonly #lanes: Lane[];
  /** How far this puller is behind the camera's clock. */
  readonly #lagMs: number;

  constructor(clip: Clip, channels: ReadonlyMap<Track, number>, startAt: StartAt, cameraMs: number) {
    const groupMs = frameMs(clip.video, clip.gop);
    const beginMs = startAt === 'key-frame' ? Math.floor(cameraMs / groupMs) * groupMs : cameraMs;
    this.#lagMs = cameraMs - beginMs;
    this.#lanes = [...channels].map(([track, channel]) => ({
      track,
      channel,
      frame: firstFrameFrom(track, beginMs),
      sequence: randomInt(0x10000),
      source: randomInt(0xffffffff),
      packets: 0,
      octets: 0,
      reportDueMs: Number.NEGATIVE_INFINITY,
    }));
  }

  /** What `RTP-Info` says of a track: its first packet's sequence number and timestamp. */
  first(track: Track): { readonly sequence: number; readonly timestamp: number } | undefined {
    const lane = this.#lanes.find((candidate) => candidate.track === track);
    return lane && { sequence: lane.sequence, timestamp: timestampOf(lane) };
  }

  /** Everything due by `cameraMs`, in one buffer so that a tick costs one write; empty when nothing is. */
  take(cameraMs: number): Buffer {
    const chunks: Buffer[] = [];
    for (const lane of this.#lanes) this.#takeLane(lane, cameraMs - this.#lagMs, chunks);
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  }

  #takeLane(lane: Lane, untilMs: number, chunks: Buffer[]): void {
    for (let atMs = frameMs(lane.track, lane.frame); atMs <= untilMs; atMs = frameMs(lane.track, lane.frame)) {
      if (atMs >= lane.reportDueMs) {
        chunks.push(reportOf(lane, atMs));
        lane.reportDueMs = atMs + REPORT_EVERY_MS;
      }
      for (const packet of packetsOf(lane)) {
        const sent = Buffer.from(packet);
        const { channel, sequence, source } = lane;
        stamp(sent, 0, { channel, sequence, source, timestamp: timestampOf(lane) });
        stampFrameNumber(sent, lane.frame);
        chunks.push(sent);
        lane.sequence = (lane.sequence + 1) & 0xffff;
        lane.packets += 1;
        lane.octets += sent.length - INTERLEAVE_BYTES;
      }
      lane.frame += 1;
    }
  }
}

interface Lane {
  readonly track: Track;
  readonly channel: number;
  readonly source: number;
  /** The next frame, counted without end. */
  frame: number;
  sequence: number;
  packets: number;
  octets: number;
  reportDueMs: number;
}

function msPerFrame({ ticksPerFrame, clockRate }: Track): number {
  return (ticksPerFrame * 1000) / clockRate;
}

/** Frames are counted from 1970 on, so the camera's clock is the only state, and a pull may begin anywhere. */
function frameMs(track: Track, frame: number): number {
  return frame * msPerFrame(track);
}

function firstFrameFrom(track: Track, ms: number): number {
  return Math.ceil(ms / msPerFrame(track));
}

function timestampOf(lane: Lane): number {
  return (lane.frame * lane.track.ticksPerFrame) % 2 ** 32;
}

function packetsOf({ track, frame }: Lane): readonly Buffer[] {
  return track.frames[frame % track.frames.length] ?? [];
}

/** Of the frame's own instant and not of the sending: a receiver sees no jitter between report and media. */
function reportOf(lane: Lane, atMs: number): Buffer {
  const { channel, source, packets, octets } = lane;
  return senderReport({ channel: channel + 1, source, timestamp: timestampOf(lane), unixMs: atMs, packets, octets });
}
