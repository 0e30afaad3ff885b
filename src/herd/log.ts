import type { Log } from '../domain/log.ts';
import { scrubText } from '../domain/secrets.ts';

/** Lines on standard error: time, level, text. Credentials in URLs and the named secrets never pass. */
export function standardErrorLog(
  secrets: readonly string[] = [],
  output: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  const write = (level: string) => (text: string) => {
    const scrubbed = secrets.reduce((line, secret) => line.replaceAll(secret, '***'), scrubText(text));
    output(`${new Date().toISOString()} ${level} ${scrubbed.replaceAll('\n', ' ')}\n`);
  };
  return { info: write('info '), warn: write('warn '), error: write('error') };
}
