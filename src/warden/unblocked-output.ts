import { write } from 'node:fs';

/** Lines that wait for a reader who does not read. Newer ones are dropped. */
const MAX_WAITING_LINES = 1000;

/**
 * Writes lines to a file descriptor without ever waiting for who reads it. Node writes to pipes and terminals synchronously: a
 * log collector that stands still would stop the warden together with the server that it watches.
 */
export function unblockedOutput(fd: number): (line: string) => void {
  const waiting: string[] = [];
  let writing = false;
  const writeNext = () => {
    const line = waiting.shift();
    writing = line !== undefined;
    // A reader that is gone is no reason to end.
    if (line !== undefined) write(fd, line, writeNext);
  };
  return (line) => {
    if (waiting.length < MAX_WAITING_LINES) waiting.push(line);
    if (!writing) writeNext();
  };
}
