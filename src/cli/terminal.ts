import { withoutControls } from '../domain/text/plain-text.ts';
import { scrubbed, scrubText } from '../domain/text/secrets.ts';

/** Where a command writes to. Nothing leaves with a password of a URL or a control character in it. */
export interface Terminal {
  /** What was asked for. */
  print(text: string): void;
  /** A JSON value, for programs. */
  printJson(value: unknown): void;
  /** Errors, and remarks beside the answer. */
  complain(text: string): void;
}

export function processTerminal(): Terminal {
  return terminalTo(
    (line) => process.stdout.write(`${line}\n`),
    (line) => process.stderr.write(`${line}\n`),
  );
}

/** Answers go to `out`, errors and remarks to `err`. */
export function terminalTo(out: (line: string) => void, err: (line: string) => void): Terminal {
  return {
    print: (text) => out(presentable(text)),
    printJson: (value) => out(JSON.stringify(scrubbed(value), undefined, 2)),
    complain: (text) => err(presentable(text)),
  };
}

function presentable(text: string): string {
  return scrubText(text).split('\n').map(withoutControls).join('\n');
}
