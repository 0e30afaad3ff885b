import { withoutControls } from '../../../domain/text/plain-text.ts';
import { parseDurationMs } from '../../../domain/text/units.ts';
import { type Invocation, Misuse, SERVER_OPTIONS } from '../../command.ts';
import type { Terminal } from '../../terminal.ts';

/** What the API answers of archives, as far as the command line shows it. */
export interface ServerArchive {
  readonly server: string;
  readonly roots: readonly {
    readonly root: string;
    readonly problem?: string;
    readonly packs: number;
    readonly bytes: number;
    readonly freeBytes?: number;
    readonly daysUntilFull?: number;
  }[];
  readonly streams: readonly (Time & {
    readonly stream: string;
    readonly packs: number;
    readonly bytes: number;
    readonly recorded: boolean;
  })[];
  readonly waitingSegments: number;
  readonly clockDoubt?: string;
  readonly verification: {
    readonly roots: readonly {
      readonly root: string;
      readonly startedAt?: string;
      readonly endedAt?: string;
      readonly packs: number;
      readonly leftPacks: number;
      readonly leftBytes: number;
      readonly rottenPacks: number;
    }[];
    readonly order?: {
      readonly stream?: string;
      readonly endedAt?: string;
      readonly cancelled: boolean;
      readonly packs: number;
      readonly checkedPacks: number;
      readonly rottenPacks: number;
      readonly passedOver: number;
    };
  };
}

export interface StreamArchive {
  readonly server: string;
  readonly ranges: readonly Time[];
  readonly unavailable: readonly Time[];
  readonly gaps: readonly (Time & { readonly why: string })[];
  readonly kept: readonly (Time & { readonly id: string; readonly note: string })[];
  readonly keptProblems: readonly string[];
  readonly packs: readonly (Time & {
    readonly root: string;
    readonly file: string;
    readonly home: string;
    readonly state: string;
    readonly away: boolean;
    readonly rotten: readonly (Time & { readonly segments: number })[];
  })[];
  readonly next?: string;
}

export interface Time {
  readonly from: string;
  readonly until: string;
}

export const ONE_SERVER = {
  server: { value: 'SERVER', summary: 'only this server of the herd (default: all of them)' },
} as const;

/** Of commands that tell of a stream, and of all times where none is named. */
export const STREAM_AND_TIME = {
  positionals: [{ name: 'STREAM' }, { name: 'FROM', optional: true }, { name: 'DURATION', optional: true }],
  options: { ...ONE_SERVER, ...SERVER_OPTIONS },
} as const;

/** Names the servers that an answer says nothing of. */
export function remarkSilent(answer: unknown, terminal: Terminal): void {
  const silent: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'silent') : undefined;
  if (!Array.isArray(silent)) return;
  // Both ends are of this project.
  for (const { server, why } of silent as { server: string; why: string }[]) {
    terminal.complain(`nothing is known of ${server}: ${why}`);
  }
}

/** `2026-11-22T06:00:00Z`: as it can be given to the other commands. */
export function second(iso: string): string {
  return withoutControls(iso.replace(/\.\d+Z$/, 'Z'));
}

/** The seconds of a duration as `90` or `10m`. @throws Misuse */
export function secondsOf(text: string): number {
  const ms = /^\d{1,9}(?:\.\d{1,3})?$/.test(text) ? Number(text) * 1000 : parseDurationMs(text);
  if (ms === undefined || ms <= 0) throw new Misuse(`"${text}" is no duration: expected seconds, or one like 10m`);
  return ms / 1000;
}

/** Unix seconds, or RFC 3339. @throws Misuse */
export function instantOf(text: string): string {
  const isUnix = /^\d{1,12}(?:\.\d{1,3})?$/.test(text);
  if (isUnix || (/^\d{4}-\d\d-\d\d[Tt]/.test(text) && !Number.isNaN(Date.parse(text)))) return text;
  throw new Misuse(`"${text}" is no time: expected Unix seconds, as 1795327200, or one like 2026-11-22T06:00:00Z`);
}

/** Of the query: the time that begins with `from`. @throws Misuse */
export function timeQuery(from: string, seconds: number): string {
  return `from=${encodeURIComponent(instantOf(from))}&duration=${seconds}`;
}

/** Of the query: the server that was named. */
export function serverQuery({ options }: Invocation): string {
  const server = options.get('server');
  return typeof server === 'string' ? `server=${encodeURIComponent(server)}` : '';
}
