import { readFileSync } from 'node:fs';
import { perform } from './cli/command-line.ts';
import { processTerminal } from './cli/terminal.ts';

// `streamherd events | head`: the reader has enough, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// The code is set instead of exiting: output to a pipe may still be on its way. Not awaited: `scripts/build/program.mjs` could not bundle that.
void perform(process.argv.slice(2), { terminal: processTerminal(), env: process.env }, version).then((code) => {
  process.exitCode = code;
});
