import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { runChecks } from '../../src/doctor/check.ts';
import { hostChecks, nodeOutcome, reportHost } from '../../src/doctor/host-checks.ts';
import { diskSpeed } from '../../src/host/disk/disk-speed.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testLog } from '../support/test-log.ts';

const test = suite('doctor/host-checks');

test('a Node that is too old is a failure', () => {
  assert.is(nodeOutcome('18.19.0').level, 'failure');
  assert.is(nodeOutcome('20.0.0').level, 'ok');
  assert.is(nodeOutcome('22.1.0').level, 'ok');
});

test('the speed of a disk is measured, and nothing is left on it', async () => {
  await using folder = await tempFolder();
  const speed = await diskSpeed(folder.path);
  assert.ok(speed !== undefined && speed > 1000, `${speed}`);
  assert.equal(await readdir(folder.path), []);
});

test('a running server reports what is wrong with its machine', async () => {
  await using folder = await tempFolder();
  const log = testLog();
  const file = join(folder.path, 'a-file');
  await writeFile(file, '');
  using _ = reportHost(file, log, 0);
  await eventually('it is said', () =>
    log.lines.some((line) => /disk speed: it cannot be tried in \S+: it is no folder/.test(line)),
  );
});

test('each check has a name of its own and says something', async () => {
  await using folder = await tempFolder();
  const results = await runChecks(hostChecks(folder.path));
  assert.equal(
    results.map(({ name }) => name),
    ['node', 'disk speed', 'time'],
  );
  assert.ok(results.every(({ level, why }) => level !== 'failure' && why !== ''));
});

test.run();
