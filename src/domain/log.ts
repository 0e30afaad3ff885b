/** The log of a part of a running server: one line for each call, free of secrets. */
export interface Log {
  info(text: string, more?: LogMore): void;
  warn(text: string, more?: LogMore): void;
  error(text: string, more?: LogMore): void;
  /** `text` is only made when the level lets it pass: most servers run without these lines. */
  debug(text: () => string): void;
}

/** What a line says beside its text. */
export interface LogMore {
  /** Whose line it is, when the log of another part writes it. */
  readonly subsystem?: Subsystem;
  /** The event of which the line tells; a JSON line has its members. */
  readonly event?: LoggedEvent;
}

/** What `HerdEvent` says beside its sentence. */
export interface LoggedEvent {
  readonly kind: string;
  readonly stream?: string;
  readonly subject?: string;
  readonly epoch?: number;
  readonly by?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** The logs of all parts of a server. */
export interface Logs {
  of(subsystem: Subsystem): Log;
}

/** From the fewest lines to the most. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The parts of a server whose lines an operator may choose. */
export const SUBSYSTEMS = ['herd', 'nats', 'capture', 'media', 'api', 'archive', 'beats', 'notify', 'warden'] as const;
export type Subsystem = (typeof SUBSYSTEMS)[number];

export type LogFormat = 'text' | 'json';
export const LOG_FORMATS: readonly LogFormat[] = ['text', 'json'];

export interface LogSettings {
  readonly format: LogFormat;
  /** Of the subsystems that `levels` does not name. */
  readonly level: LogLevel;
  readonly levels: Readonly<Partial<Record<Subsystem, LogLevel>>>;
}

export const DEFAULT_LOG: LogSettings = { format: 'text', level: 'info', levels: {} };

export function isLogLevel(text: unknown): text is LogLevel {
  return (LOG_LEVELS as readonly unknown[]).includes(text);
}

export function isLogFormat(text: unknown): text is LogFormat {
  return (LOG_FORMATS as readonly unknown[]).includes(text);
}

export function isSubsystem(text: unknown): text is Subsystem {
  return (SUBSYSTEMS as readonly unknown[]).includes(text);
}

/** `level` for one subsystem, or else for all of them: then no subsystem has a level of its own any more. */
export function withLevel(settings: LogSettings, level: LogLevel, subsystem?: Subsystem): LogSettings {
  if (subsystem === undefined) return { ...settings, level, levels: {} };
  return { ...settings, levels: { ...settings.levels, [subsystem]: level } };
}

/** `info, nats debug`: for people. */
export function levelsText({ level, levels }: LogSettings): string {
  return [level, ...Object.entries(levels).map(([subsystem, own]) => `${subsystem} ${own}`)].join(', ');
}
