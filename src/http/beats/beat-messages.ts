import type { ReadBeat } from './ears.ts';
import type { AnswererSettings } from './peer-answer.ts';

/** What passes between the control thread (beat-host.ts) and the beat worker (beat-worker.ts). */

/** Fixed for the life of a worker; its `workerData`. */
export interface BeatSettings extends AnswererSettings {
  readonly address?: string;
  /** 0: any free port. */
  readonly port: number;
  /** For beats that are passed on; see `BeatSenderOptions`. */
  readonly timeoutMs: number;
}

export type ToBeatWorker =
  /** The session begins to hear beats. */
  | { readonly type: 'open'; readonly session: string }
  | { readonly type: 'close'; readonly session: string }
  /** The newest beat of the session: what a peer that brings it one is answered with. */
  | { readonly type: 'say'; readonly session: string; readonly text: string }
  /** Where the sessions on the roster hear beats: those that a beat may be passed on to. */
  | { readonly type: 'peers'; readonly urls: ReadonlyMap<string, string> };

export type ToBeatHost =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'listen-failed'; readonly why: string }
  /** Well signed, and newer than all that this worker has taken of its sender. */
  | { readonly type: 'beat'; readonly beat: ReadBeat };
