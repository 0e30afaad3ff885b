import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { markedProcesses } from './left-processes.mjs';
import { verdictOf } from './verdict.mjs';

/** A child that dies with its parent needs some milliseconds for it. */
const LEFT_PROCESSES_GRACE_MS = 1000;
const POLL_MS = 20;
const MAX_OUTPUT_CHARS = 4_000_000;
/** With more room for short-lived objects the simulation spends a sixth less time on garbage collection. */
const NODE_OPTIONS = ['--enable-source-maps', '--max-semi-space-size=32'];
/** Folders of `test/support/temp-folder.ts`. Browsers and compilers leave other folders, for which the tests are not responsible. */
const OWN_FILES = /^streamherd-/;

/** Of the environment: whatever carries the same value was started by the same file; files that share a process add a number. */
export const MARK = 'STREAMHERD_TEST_FILE';

const running = new Map();

/** Runs one built test file in a process of its own. */
export async function runTestFile(file, deadlineMs) {
  const { durationMs, ...end } = await runMarked([file], deadlineMs);
  return { verdict: verdictOf(end), output: end.output, durationMs };
}

/** Runs Node in a process group and with a folder for temporary files of its own, and says what it left. */
export async function runMarked(args, deadlineMs) {
  const mark = `${MARK}=${randomUUID()}`;
  const folder = mkdtempSync(join(tmpdir(), 'test-'));
  const startedMs = performance.now();
  const { output, ...end } = await runProcess(args, deadlineMs, mark, folder);
  const durationMs = performance.now() - startedMs;
  const isExpired = end.expiredAfterMs !== undefined;
  // A file that was killed could not clean up.
  const left = await endLeftProcesses(mark, isExpired ? 0 : LEFT_PROCESSES_GRACE_MS);
  const leftProcesses = isExpired ? [] : left;
  const leftFiles = isExpired ? [] : leftFilesIn(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  running.delete(mark);
  return { output: output(), ...end, leftProcesses, leftFiles, durationMs };
}

/** Kills whatever test files are running; for the end of this process by a signal. */
export function stopAll() {
  for (const [mark, { pid, folder }] of running) {
    killGroup(pid);
    for (const left of markedProcesses(mark)) kill(left.pid);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runProcess(args, deadlineMs, mark, folder) {
  const [markName, markValue] = mark.split('=');
  const child = spawn(process.execPath, [...NODE_OPTIONS, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', [markName]: markValue, ...foldersIn(folder) },
  });
  running.set(mark, { pid: child.pid, folder });
  let output = '';
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.setEncoding('utf8');
    pipe.on('data', (text) => {
      output = (output + text).slice(-MAX_OUTPUT_CHARS);
    });
  }
  let expiredAfterMs;
  const deadline = setTimeout(() => {
    expiredAfterMs = deadlineMs;
    killGroup(child.pid);
  }, deadlineMs);
  // 'exit' and not 'close': a process left behind may hold the pipes open.
  const [exitCode, signal] = await new Promise((resolve) => child.once('exit', (...end) => resolve(end)));
  clearTimeout(deadline);
  await drained(child);
  return { output: () => stripVTControlCharacters(output), exitCode, signal, expiredAfterMs };
}

/** What browsers and players keep is removed with all else, and not left in the home of the user who runs the tests. */
function foldersIn(folder) {
  return { TMPDIR: folder, XDG_CACHE_HOME: join(folder, 'cache'), XDG_CONFIG_HOME: join(folder, 'config') };
}

/** All that the ended process wrote: its pipes closed, or as long as it takes to read what is in them. */
async function drained(child) {
  if (child.stdout.closed && child.stderr.closed) return;
  let timer;
  await Promise.race([
    new Promise((resolve) => child.once('close', resolve)),
    new Promise((resolve) => {
      timer = setTimeout(resolve, LEFT_PROCESSES_GRACE_MS);
    }),
  ]);
  clearTimeout(timer);
  child.stdout.destroy();
  child.stderr.destroy();
}

/** Folders and files of tests that were not removed. */
export function leftFilesIn(folder) {
  return readdirSync(folder).filter((name) => OWN_FILES.test(name));
}

/** Ends what the file left running, and says what. */
export async function endLeftProcesses(mark, graceMs = LEFT_PROCESSES_GRACE_MS) {
  const end = performance.now() + graceMs;
  let left = markedProcesses(mark);
  while (left.length > 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    left = markedProcesses(mark);
  }
  for (const { pid } of left) kill(pid);
  return left.map(({ pid, command }) => `${command} (${pid})`);
}

function killGroup(pid) {
  if (pid !== undefined) kill(-pid);
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
