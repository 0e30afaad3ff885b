import type { FileHandle } from 'node:fs/promises';
import { shownPushUrl } from '../../domain/definition/push-url.ts';
import type { Gate } from '../../domain/gate.ts';
import type { PushState, PushStatus } from '../../domain/push/push-status.ts';
import { HEALTHY_AFTER_MS, restartDelayMs } from '../../domain/restart-policy.ts';
import type { Segment } from '../../domain/segments/segment.ts';
import { scrubText } from '../../domain/text/secrets.ts';
import type { Tools } from '../../media/ffmpeg/wrapped-command.ts';
import { type PushCommand, pushCommand } from '../../media/push/push-command.ts';
import { openOptions, type PushProcess, startPush } from './push-process.ts';

export interface PushParts {
  /** Lets pushes start: another gate than that of captures, which never wait for a push. */
  readonly gate: { enter(start: () => void): () => void };
  readonly tools: Tools;
  /** All calls into the disk go through it. */
  readonly disk: Gate;
  /** Whether this server has standing at this moment. */
  stands(): boolean;
  /** Default: `PATIENCE`. */
  readonly patience?: Patience;
}

/** What is awaited of a receiver. */
export interface Patience {
  /** From the start until it has taken the first data. */
  readonly connectMs: number;
  /** Once connected, between two signs that it takes data. */
  readonly takeMs: number;
  /** How far it may be behind the newest segment. Older segments are removed. */
  readonly behindMs: number;
}
const PATIENCE: Patience = { connectMs: 10_000, takeMs: 10_000, behindMs: 20_000 };
/** Behind by less than this, a receiver has taken what there is. */
const ALL_TAKEN_MS = 1000;
const LOOK_EVERY_MS = 1000;

/**
 * One receiver, during one run of a capture.
 *
 *     waiting ──segment──▶ starting ──data──▶ pushing
 *        ▲                     │                 │
 *        └──── pause ── failing ◀────────────────┘
 *
 * 1. An ffmpeg runs only between the first segment and `stop` or `kill`, and only if the server stands when it starts.
 * 2. It is fed with names of files, and nothing waits for it.
 * 3. There is no timer for the next attempt: it begins with the first segment after the pause.
 */
export class Push {
  readonly to: string;
  readonly #url: string;
  readonly #folder: string;
  readonly #parts: PushParts;
  readonly #onChange: () => void;
  #state: PushState = 'starting';
  #why: string | undefined;
  #failures = 0;
  #retryAtMs = 0;
  /** Gives up its place at the gate, or does nothing any more. */
  #leaveGate: (() => void) | undefined;
  #isStarting = false;
  #isOver = false;
  /** The newest segment, while the process is not there yet. */
  #first: Segment | undefined;
  #process: PushProcess | undefined;
  #watch: NodeJS.Timeout | undefined;
  /** Why this server ended the process. */
  #verdict: string | undefined;
  #startedAtMs = 0;
  #advancedAtMs = 0;
  #outTimeMs = 0;
  #givenMs = 0;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, folder: string, parts: PushParts, onChange: () => void) {
    this.to = shownPushUrl(url);
    this.#url = url;
    this.#folder = folder;
    this.#parts = parts;
    this.#onChange = onChange;
  }

  get status(): PushStatus {
    return { to: this.to, state: this.#state, ...(this.#why !== undefined && { why: this.#why }) };
  }

  give(segment: Segment): void {
    if (this.#isOver) return;
    if (this.#process !== undefined) this.#feed(this.#process, segment);
    else {
      this.#first = segment;
      if (!this.#isStarting && performance.now() >= this.#retryAtMs) void this.#start();
    }
  }

  /** Lets ffmpeg take its leave of the receiver, for a moment. */
  stop(): void {
    this.#finish();
    this.#process?.stop();
  }

  kill(): void {
    this.#finish();
    this.#process?.kill();
  }

  /** Resolves when its ffmpeg is dead, after `stop` or `kill`. */
  ended(): Promise<void> {
    if (this.#process === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #finish(): void {
    this.#isOver = true;
    this.#leaveGate?.();
    clearInterval(this.#watch);
  }

  async #start(): Promise<void> {
    this.#isStarting = true;
    try {
      const command = pushCommand(this.#url);
      const options = await openOptions(this.#folder, command.options, this.#parts.disk);
      const close = () => void options.close().catch(() => undefined);
      if (!this.#mayStart()) return close();
      const leave = this.#parts.gate.enter(() => {
        this.#leaveGate = undefined;
        this.#isStarting = false;
        if (!this.#mayStart()) return close();
        this.#run(command, options);
      });
      this.#leaveGate = () => {
        leave();
        close();
      };
    } catch (error) {
      this.#isStarting = false;
      if (!this.#isOver) this.#cannotStart(error);
    }
  }

  #run(command: PushCommand, options: FileHandle): void {
    try {
      const process = startPush({
        ...{ url: this.#url, command, folder: this.#folder, tools: this.#parts.tools, options },
        onProgress: (outTimeMs) => this.#progressed(outTimeMs),
        onEnd: (why) => this.#exited(why),
      });
      this.#began(process);
    } catch (error) {
      void options.close().catch(() => undefined);
      this.#cannotStart(error);
    }
  }

  #cannotStart(error: unknown): void {
    this.#failed(`it cannot be started: ${scrubText(error instanceof Error ? error.message : String(error))}`);
  }

  #mayStart(): boolean {
    if (this.#isOver || !this.#parts.stands()) this.#isStarting = false;
    return !this.#isOver && this.#parts.stands();
  }

  #began(process: PushProcess): void {
    this.#process = process;
    this.#verdict = undefined;
    this.#startedAtMs = performance.now();
    this.#advancedAtMs = this.#startedAtMs;
    this.#outTimeMs = 0;
    this.#givenMs = 0;
    this.#watch = setInterval(() => this.#look(process), LOOK_EVERY_MS);
    if (this.#first !== undefined) this.#feed(process, this.#first);
    this.#first = undefined;
  }

  #feed(process: PushProcess, { file, durationMs }: Segment): void {
    this.#givenMs += durationMs;
    process.give(file);
  }

  #progressed(outTimeMs: number): void {
    if (this.#isOver || outTimeMs <= this.#outTimeMs) return;
    this.#outTimeMs = outTimeMs;
    this.#advancedAtMs = performance.now();
    if (this.#advancedAtMs - this.#startedAtMs >= HEALTHY_AFTER_MS) this.#failures = 0;
    if (this.#state !== 'pushing') this.#become('pushing');
  }

  #look(process: PushProcess): void {
    const verdict = this.#judge(this.#parts.patience ?? PATIENCE);
    if (verdict === undefined) return;
    this.#verdict ??= verdict;
    process.kill();
  }

  #judge({ connectMs, takeMs, behindMs }: Patience): string | undefined {
    const silentMs = performance.now() - this.#advancedAtMs;
    const lackMs = this.#givenMs - this.#outTimeMs;
    if (this.#outTimeMs === 0) return silentMs > connectMs ? 'the receiver does not answer' : undefined;
    if (lackMs > behindMs) return 'the receiver takes data more slowly than the stream has it';
    return lackMs > ALL_TAKEN_MS && silentMs > takeMs ? 'the receiver takes no data' : undefined;
  }

  #exited(why: string): void {
    this.#process = undefined;
    clearInterval(this.#watch);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
    if (!this.#isOver) this.#failed(this.#verdict ?? why);
  }

  #failed(why: string): void {
    this.#failures += 1;
    this.#retryAtMs = performance.now() + restartDelayMs(this.#failures, Math.random());
    this.#become('failing', why);
  }

  #become(state: PushState, why?: string): void {
    this.#state = state;
    this.#why = why;
    this.#onChange();
  }
}
