import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { storageEvent } from '../../../src/herd/operating/event-teller.ts';
import { DiskWatch } from '../../../src/host/disk/disk-watch.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('host/disk/disk-watch');
const MORE_THAN_THERE_IS = { bytes: Number.MAX_SAFE_INTEGER, share: 2 };
const NOTHING = { bytes: 0, share: 0 };

test('a disk with less room than is wanted counts as full from the first look on, and the trial leaves no file', async () => {
  await using folder = await tempFolder();
  const told: (string | undefined)[] = [];
  const onChange = (problem: string | undefined) => told.push(problem);
  using full = new DiskWatch({ folder: folder.path, leastFree: MORE_THAN_THERE_IS });
  full.follow(onChange);
  await full.looked();
  assert.match(full.problem ?? '', /^its disk is full: \d+ MiB left$/);
  using roomy = new DiskWatch({ folder: folder.path, leastFree: NOTHING });
  roomy.follow(onChange);
  await roomy.looked();
  assert.is(roomy.problem, undefined);
  assert.equal(told, [full.problem]);
  assert.equal(await readdir(folder.path), []);
});

test('a disk that takes no write, whatever room it has, is noticed, and its recovery too', async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, 'data');
  await mkdir(path);
  const told: (string | undefined)[] = [];
  const onChange = (problem: string | undefined) => told.push(problem);
  using watch = new DiskWatch({ folder: path, leastFree: NOTHING, lookEveryMs: 20 });
  watch.follow(onChange);
  await watch.looked();
  await rm(path, { recursive: true });
  await eventually('it is noticed', () => watch.problem === 'its disk takes nothing: there is no such file or folder');
  await mkdir(path);
  await eventually('it is well again', () => watch.problem === undefined);
  assert.equal(told, ['its disk takes nothing: there is no such file or folder', undefined]);
});

test('the herd is told the state of the disk', () => {
  assert.equal(storageEvent('its disk is full: 3 MiB left'), {
    kind: 'server-cannot-store',
    why: 'its disk is full: 3 MiB left: its streams go to servers that can store them',
  });
  assert.is(storageEvent(undefined).kind, 'server-stores-again');
});

test.run();
