import { ChildProcess, spawn } from 'node:child_process';
import { getSystemErrorName } from 'node:util';

/**
 * Each start of another program goes by this `spawn`, or by the `execa` beside it. Two faults of Node are mended here, by which a start
 * that fails ends this process, and with it all captures:
 *
 * 1. When this process may open no more files (EMFILE), Node returns a child without `stdio` whose `error` comes in a later turn, and
 *    leaves pipes open that were made before the last file was taken. `execa` reads `stdio` before it listens: it throws, and the error
 *    has no listener. Here the start closes the pipes and throws, as Node's own does when memory is lacking.
 * 2. `kill` of a child that was never started is `kill(0)`, which sends the signal to this process and all others of its group. Here it
 *    does nothing.
 *
 * Rejected: a listener right behind each start, since `execa` gives no child to listen to.
 */
export { type ChildProcess, spawn };

/** What Node's `spawn` calls: it is the same for all functions that start programs, and is not declared. */
interface Startable extends Omit<ChildProcess, 'stdio'> {
  readonly stdio: ChildProcess['stdio'] | undefined;
  /** Returns the system's error, and replaces `options.stdio` by what it has made of that. */
  spawn(options: { readonly file: string; stdio?: unknown }): number;
}

interface MadePipe {
  readonly type: string;
  readonly handle?: { close(): void };
}

// The declaration lacks `spawn`.
const children = ChildProcess.prototype as unknown as Startable;
const { spawn: start, kill } = children;

children.spawn = function (options) {
  const error = start.call(this, options);
  if (this.stdio !== undefined) return error;
  this.on('error', () => undefined);
  const made = options.stdio as readonly MadePipe[]; // see `Startable`
  for (const { type, handle } of made) if (type === 'pipe') handle?.close();
  const code = getSystemErrorName(error);
  throw Object.assign(new Error(`spawn ${options.file} ${code}`), { code });
};

children.kill = function (signal) {
  return this.pid !== undefined && kill.call(this, signal);
};
