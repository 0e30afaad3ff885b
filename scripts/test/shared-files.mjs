import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runMarked } from './test-file.mjs';
import { verdictOf } from './verdict.mjs';

const SHARED_PROCESS = fileURLToPath(new URL('./shared-process.mjs', import.meta.url));
/** Whole herds, and what computes for minutes. */
const WHOLE_HERDS = /^(?:cluster|simulation|foreign-\w+|(?:attack|faults)\/campaign)\b/;
/** In these files only the code under test starts processes. `shared-process.mjs` finds a file that is missing here. */
const START_PROCESSES = new Set([
  'actors/pack-commands',
  'warden/warden',
  'demo/cameras/clip',
  'demo/server-process',
  'doctor/host-checks',
  'cli/commands/support',
]);
/** These files start no process, but try every way through a machine or every moment of a write, which takes seconds of a core, or wait for seconds. */
const LONG = new Set([
  'archive/corruption',
  'archive/crashes/crashes',
  'archive/recording/recorder-ends',
  'archive/returning/home-changes',
  'cli/commands/archive/export',
  'cli/commands/discover',
  'config/print',
  'http/api/archive/archive-routes',
  'http/archive/playback',
  'http/beats/beat-worker',
  'http/clients',
  'http/play/play-access',
  'http/public/https',
  'http/public/local-socket',
  'http/returns/signed-returns',
  'machines/mini-herd',
  'machines/returning/return-model',
  'onvif/cameras',
]);
/** These files count the connections of their process, or break them off: those that other files leave in it disturb them. */
const OWN_PROCESS = new Set(['cli/commands/archive/export', 'http/beats/beat-worker']);
const STARTS_PROCESSES = /\bfrom '(?:node:child_process|execa|playwright-core)'/;
const RELATIVE_IMPORT = /\bfrom '(\.[^']+)'/g;
/** As long as `fast-process.mjs` waits for what a file has left open. */
const CLOSED_WITHIN_MS = 5000;

/** Whether the built test file `name` is soon done and starts no process. */
export function isFast(root, name, file) {
  return !LONG.has(name) && startsNone(root, name, file);
}

/** Whether the built test file `name` starts no process: no browser, no nats-server, no ffmpeg, no server. */
export function startsNone(root, name, file) {
  return !WHOLE_HERDS.test(name) && !START_PROCESSES.has(name) && !startsProcesses(root, file);
}

/** Whether a file may not be run in one process with others. */
export function needsOwnProcess(name) {
  return WHOLE_HERDS.test(name) || OWN_PROCESS.has(name);
}

const known = new Map();

/** By its imports from files of the tests: what those start is what the test starts. */
function startsProcesses(root, file) {
  const before = known.get(file);
  if (before !== undefined) return before;
  known.set(file, false);
  const text = readFileSync(file, 'utf8');
  const imported = [...text.matchAll(RELATIVE_IMPORT)].map(([, path]) => resolve(dirname(file), path));
  const ofTests = imported.filter((path) => path.startsWith(join(root, '/')) && existsSync(path));
  const result = STARTS_PROCESSES.test(text) || ofTests.some((path) => startsProcesses(root, path));
  known.set(file, result);
  return result;
}

/** Files are dealt out in the order of their names, so that each share has some of every room. */
export function sharesOf(files, count) {
  const shares = Array.from({ length: count }, (_, at) => files.filter((_, index) => index % count === at));
  return shares.filter((share) => share.length > 0);
}

/**
 * Runs files in one process, one after the other, and judges each as if it had its own. A process of its own costs three times what most of
 * them do.
 *
 * @param {readonly string[]} files
 * @param {{ mayStart: boolean, deadlineMs: number }} options `mayStart`: whether a file may start processes
 * @param {(file: string, result: { verdict: object, output: string, durationMs: number }) => void} report
 */
export async function runShare(files, { mayStart, deadlineMs }, report) {
  const end = await runMarked([SHARED_PROCESS, ...files], deadlineMs);
  for (const file of files) report(file, resultOf(file, mayStart, end));
}

function resultOf(file, mayStart, { output, leftFiles: _, ...end }) {
  const [, after = ''] = output.split(`file: ${file}\n`);
  const [said = ''] = after.split(/^file: .*\n/m, 1);
  const [whole, json] = /\nended: (\{.*\})\n/.exec(said) ?? [];
  // The process ended while this file ran, or before.
  if (whole === undefined)
    return { verdict: verdictOf({ output: said, ...end, leftFiles: [] }), output: said, durationMs: 0 };
  const { exitCode, durationMs, started, open, leftProcesses, leftFiles } = JSON.parse(json);
  const own = said.replace(whole, '\n');
  const verdict = verdictOf({
    output: own,
    exitCode,
    signal: null,
    ...(open.length > 0 && { expiredAfterMs: CLOSED_WITHIN_MS }),
    leftProcesses,
    leftFiles,
    started: mayStart ? [] : started,
  });
  return { verdict, output: own, durationMs };
}
