import type { Log } from '../../src/domain/log.ts';

/** A log whose lines a test can look at: `warn: …`. */
export function testLog(): Log & { readonly lines: readonly string[]; clear(): void } {
  const lines: string[] = [];
  const write = (level: string) => (text: string) => void lines.push(`${level}: ${text}`);
  const debug = (text: () => string) => void lines.push(`debug: ${text()}`);
  const clear = () => {
    lines.length = 0;
  };
  return { lines, clear, debug, info: write('info'), warn: write('warn'), error: write('error') };
}
