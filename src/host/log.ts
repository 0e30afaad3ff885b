import type { Log } from '../domain/log.ts';
import { maskerOf, scrubText } from '../domain/text/secrets.ts';

/** Lines on standard error: time, level, text. Credentials in URLs and the named secrets never pass. */
export function standardErrorLog(
  secrets: readonly string[] = [],
  output: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  const mask = maskerOf(secrets);
  const write = (level: string) => (text: string) => {
    output(`${new Date().toISOString()} ${level} ${mask(scrubText(text)).replaceAll('\n', ' ')}\n`);
  };
  return { info: write('info '), warn: write('warn '), error: write('error') };
}
