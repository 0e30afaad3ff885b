#!/usr/bin/env node
/**
 * Makes this machine able to run the demo or the tests: `node scripts/prepare.mjs [demo|test]`.
 *
 * Uses what is there, says what it is about to install before it does, and where it cannot, says what to do and ends with
 * exit code 1. Needs neither network nor root when nothing is missing.
 */
import { fileURLToPath } from 'node:url';
import { chromium } from './prepare/chromium.mjs';
import { ffmpeg } from './prepare/ffmpeg.mjs';
import { gstreamer } from './prepare/gstreamer.mjs';
import { natsServer } from './prepare/nats-server.mjs';
import { nginx } from './prepare/nginx.mjs';
import { npmDependencies } from './prepare/npm-dependencies.mjs';
import { promtool } from './prepare/promtool.mjs';
import { systemd } from './prepare/systemd.mjs';
import { vlc } from './prepare/vlc.mjs';
import { webkit } from './prepare/webkit.mjs';

const OLDEST_NODE = 20;
const purpose = process.argv[2];
const root = fileURLToPath(new URL('..', import.meta.url));

function prepare() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new Error(`this is Node ${process.versions.node}; streamherd needs Node ${OLDEST_NODE} or later`);
  }
  const missing = missingParts();
  const problems = missing.flatMap((part) => part.problem ?? []);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  if (missing.length === 0) return;
  console.log(`Missing on this machine, about to install:\n${missing.map((part) => `  ${part.what}`).join('\n')}`);
  for (const part of missing) part.install();
  const still = missingParts();
  if (still.length > 0) throw new Error(`still missing after that: ${still.map((part) => part.what).join('; ')}`);
  console.log('Everything is there now.');
}

function missingParts() {
  const forTests =
    purpose === 'test' ? [chromium(), gstreamer(), nginx(), promtool(root), systemd(), vlc(), webkit()] : [];
  return [ffmpeg(), ...forTests, natsServer(root), npmDependencies(root)].filter((part) => part !== undefined);
}

if (process.argv.length > 3 || !['demo', 'test', undefined].includes(purpose)) {
  console.error('usage: node scripts/prepare.mjs [demo|test]');
  process.exit(2);
}
try {
  prepare();
} catch (error) {
  console.error(`Cannot prepare this machine${purpose === undefined ? '' : ` for the ${purpose}`}:\n${error.message}`);
  process.exitCode = 1;
}
