import type { LogLevel } from '../../domain/log.ts';

/** Of nats-server, for this server's log, which says the time itself. */
export interface NatsServerLine {
  readonly level: LogLevel;
  readonly text: string;
}

/** What it says while all is well, some twenty lines at each start, helps only to find a fault. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  ...{ TRC: 'debug', DBG: 'debug', INF: 'debug' },
  ...{ WRN: 'warn', ERR: 'error', FTL: 'error' },
};
/** `[31838] 2026/11/30 14:47:12.749 [INF] Server is ready` */
const HEAD = /^\[\d+\] (?:[\d/]+ [\d:.]+ )?\[([A-Z]{3})\] ?/;

/** A line of another form is mostly the reason why nats-server cannot start. */
export function natsServerLine(line: string): NatsServerLine {
  const [head = '', word = ''] = HEAD.exec(line) ?? [];
  const level = LEVELS[word];
  return level === undefined ? { level: 'warn', text: line } : { level, text: line.slice(head.length) };
}
