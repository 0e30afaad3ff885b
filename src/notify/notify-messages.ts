import type { HerdEvent, Told } from '../domain/herd-event.ts';
import type { Receiver } from '../domain/notify/receiver.ts';

/** What passes between the control thread (notify-thread.ts) and the worker (notify-worker.ts). */

export interface NotifySettings {
  readonly server: string;
  readonly version: string;
}

/** How a receiver took the event of a test. */
export interface NotifyTrial {
  readonly receiver: string;
  readonly ok: boolean;
  readonly why: string;
}

export type ToNotifyWorker =
  | { readonly type: 'receivers'; readonly receivers: readonly Receiver[] }
  | { readonly type: 'event'; readonly event: HerdEvent }
  /** Answered by `tried` with the same id. */
  | { readonly type: 'try'; readonly id: number; readonly event: HerdEvent }
  /** Answered by `closed`. */
  | { readonly type: 'close'; readonly withinMs: number };

export type ToNotifyThread =
  | { readonly type: 'told'; readonly told: Told }
  /** So many times an event was told to a receiver, or dropped for it. */
  | { readonly type: 'settled'; readonly count: number }
  | { readonly type: 'tried'; readonly id: number; readonly trials: readonly NotifyTrial[] }
  | { readonly type: 'debug'; readonly text: string }
  | { readonly type: 'closed'; readonly lost: number };
