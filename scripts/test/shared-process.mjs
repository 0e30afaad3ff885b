#!/usr/bin/env node
/**
 * Runs built test files one after the other in this process: `node scripts/test/shared-process.mjs FILE…`, each by its path. A process of
 * their own costs three times what most of them do.
 *
 * What uvu says of each file stands between the lines `file: PATH` and `ended: JSON`, and `shared-files.mjs` judges it as that of a process.
 */
import { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endLeftProcesses, leftFilesIn, MARK } from './test-file.mjs';

/** Sockets and timers of a test that has ended may take a moment to close: a connection that is kept alive takes four seconds. */
const CLOSED_WITHIN_MS = 5000;
const POLL_MS = 10;
const STREAMS_OF_ITS_OWN = new Set(['PipeWrap', 'TTYWrap', 'FSReqPromise', 'Immediate']);

/** uvu runs the tests of a file when it is told to, and prints a summary each time. */
globalThis.UVU_DEFER = 1;
globalThis.UVU_QUEUE = [];
const { exec } = await import('uvu');

const started = [];
const { spawn } = ChildProcess.prototype;
ChildProcess.prototype.spawn = function (options) {
  started.push(options.file);
  return spawn.call(this, options);
};

const temporary = process.env.TMPDIR;
const share = process.env[MARK];
for (const [at, file] of process.argv.slice(2).entries()) {
  console.log(`file: ${file}`);
  const folder = join(temporary, String(at));
  mkdirSync(folder);
  process.env.TMPDIR = folder;
  process.env[MARK] = `${share}.${at}`;
  globalThis.UVU_QUEUE.splice(0, Number.POSITIVE_INFINITY, [null]);
  process.exitCode = 0;
  const [startMs, before] = [performance.now(), handles()];
  await import(pathToFileURL(file).href);
  // A file that ran its tests without test.run() has nothing in the queue, and uvu would say 0 of 0.
  if (globalThis.UVU_QUEUE[0].length > 1) await exec();
  const open = await openedSince(before);
  const anyStarted = started.length > 0;
  const end = {
    exitCode: process.exitCode,
    durationMs: performance.now() - startMs,
    started: started.splice(0),
    open,
    // What has started none has left none.
    leftProcesses: anyStarted ? await endLeftProcesses(`${MARK}=${process.env[MARK]}`) : [],
    leftFiles: leftFilesIn(folder),
  };
  console.log(`\nended: ${JSON.stringify(end)}`);
}
// A file's open sockets and timers are reported; they must not keep this process from ending.
process.exit(0);

function handles() {
  return process.getActiveResourcesInfo().filter((name) => !STREAMS_OF_ITS_OWN.has(name));
}

/** What would keep a process of the file's own from ending. */
async function openedSince(before) {
  // Sockets and timers that the last test has begun to open appear a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  const end = performance.now() + CLOSED_WITHIN_MS;
  let open = without(handles(), before);
  while (open.length > 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    open = without(handles(), before);
  }
  return open;
}

function without(names, others) {
  const left = [...names];
  for (const name of others) if (left.includes(name)) left.splice(left.indexOf(name), 1);
  return left;
}
