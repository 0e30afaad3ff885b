import {
  DEFAULT_LOG,
  LOG_LEVELS,
  type Log,
  type LoggedEvent,
  type LogLevel,
  type LogMore,
  type LogSettings,
  type Logs,
  type Subsystem,
} from '../domain/log.ts';
import { maskerOf, scrubText } from '../domain/text/secrets.ts';

/** The newest lines, kept for `streamherd support`; some 150 bytes each. */
const KEPT_LINES = 1000;
/** `BoundedOutput` cuts longer ones, and half an object is no JSON. */
const MAX_JSON_CHARACTERS = 3900;
/** A character may become six of them (`\u0000`). */
const SHORTENED_CHARACTERS = 500;

interface LogBookOptions {
  readonly settings?: LogSettings;
  readonly secrets?: readonly string[];
  readonly output?: (line: string) => void;
}

/**
 * The log of a process: lines on standard error, as text or as JSON. Credentials in URLs and the named secrets never pass, whatever the
 * format. What is written, and how, may be changed at any time.
 */
export class LogBook implements Logs {
  #settings: LogSettings;
  #hide: (text: string) => string;
  readonly #output: (line: string) => void;
  readonly #kept: string[] = [];

  constructor({ settings = DEFAULT_LOG, secrets = [], output = toStandardError }: LogBookOptions = {}) {
    this.#settings = settings;
    this.#hide = hiderOf(secrets);
    this.#output = output;
  }

  get settings(): LogSettings {
    return this.#settings;
  }

  set settings(settings: LogSettings) {
    this.#settings = settings;
  }

  /** Replaces the secrets that are hidden wherever they stand. */
  set secrets(secrets: readonly string[]) {
    this.#hide = hiderOf(secrets);
  }

  /** The newest lines, the oldest first, as they were written. */
  get tail(): readonly string[] {
    return this.#kept;
  }

  of(subsystem: Subsystem): Log {
    const write =
      (level: LogLevel) =>
      (text: string, more: LogMore = {}) => {
        this.#write(level, more.subsystem ?? subsystem, text, more.event);
      };
    return {
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      debug: (text) => {
        if (this.#wants('debug', subsystem)) this.#write('debug', subsystem, text(), undefined);
      },
    };
  }

  /** The line that stands for others which could not be written. */
  lossLine(count: number): string {
    return this.#line('warn', 'herd', `${count} lines of this log were dropped: its reader did not read`, undefined);
  }

  #write(level: LogLevel, subsystem: Subsystem, text: string, event: LoggedEvent | undefined): void {
    if (!this.#wants(level, subsystem)) return;
    const line = this.#line(level, subsystem, text, event);
    this.#kept.push(line.trimEnd());
    if (this.#kept.length > KEPT_LINES) this.#kept.shift();
    this.#output(line);
  }

  #wants(level: LogLevel, subsystem: Subsystem): boolean {
    const { level: general, levels } = this.#settings;
    return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(levels[subsystem] ?? general);
  }

  #line(level: LogLevel, subsystem: Subsystem, text: string, event: LoggedEvent | undefined): string {
    const time = new Date().toISOString();
    if (this.#settings.format === 'text') {
      return `${time} ${level.padEnd(5)} ${this.#hide(text).replaceAll('\n', ' ')}\n`;
    }
    const head = { time, level, subsystem };
    // Text by text: hiding in the finished JSON could take a quote for the end of a password.
    const whole = JSON.stringify({ ...this.#members(event), ...head, message: this.#hide(text), event: event?.kind });
    if (whole.length <= MAX_JSON_CHARACTERS) return `${whole}\n`;
    const message = `${this.#hide(text).slice(0, SHORTENED_CHARACTERS)}…`;
    return `${JSON.stringify({ ...head, message, event: event?.kind })}\n`;
  }

  /** `why` is part of the message already, and who says it is known. */
  #members({ stream, subject, epoch, by, detail }: Partial<LoggedEvent> = {}): object {
    const hidden = Object.entries({ stream, subject, by, ...detail }).map(([name, value]) => [
      name,
      typeof value === 'string' ? this.#hide(value) : value,
    ]);
    return { ...Object.fromEntries(hidden), epoch };
  }
}

function hiderOf(secrets: readonly string[]): (text: string) => string {
  const mask = maskerOf(secrets);
  return (text) => mask(scrubText(text));
}

function toStandardError(line: string): void {
  process.stderr.write(line);
}
