import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Config } from '../../../src/config/config.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { ConfiguredStreams } from '../../../src/herd/operating/configured-streams.ts';
import { Definitions } from '../../../src/herd/view/definitions.ts';
import type { Store, WriteOutcome } from '../../../src/nats/buckets/store.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryWorld } from '../../support/memory-store.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testLog } from '../../support/test-log.ts';

const test = suite('herd/operating/configured-streams');

/** What becomes of a write to the bucket. */
type Through = (write: () => Promise<WriteOutcome>) => Promise<WriteOutcome>;

async function configured(streams: string, through: Through = (done) => done()) {
  const folder = await tempFolder();
  const file = join(folder.path, 's1.conf');
  const write = (text: string) => writeFile(file, `server_name s1;\n${text}`);
  await write(streams);
  const { config } = parseConfig(`server_name s1;\n${streams}`, file);
  if (config === undefined) throw new Error('a bad file');
  const bucket = memoryWorld().open('streams');
  const store: Store = {
    bucket: bucket.bucket,
    update: (...given) => through(() => bucket.update(...given)),
    read: (key) => bucket.read(key),
    remove: (...given) => bucket.remove(...given),
    sweep: (...given) => bucket.sweep(...given),
    watch: (listener) => bucket.watch(listener),
  };
  const definitions = new Definitions();
  store.watch((change) => void (change.type === 'entry' && definitions.take(change.entry)));
  const log = testLog();
  const accesses: Config['access'][] = [];
  const logs: Config['log'][] = [];
  const onAccess = (access: Config['access']) => void accesses.push(access);
  const streamsOfFile = new ConfiguredStreams(config, file, {
    ...{ streams: store, log, onAccess },
    onRead: (read) => void logs.push(read.log),
  });
  const applied = {
    apply: () => streamsOfFile.apply(definitions),
    reload: () => streamsOfFile.reload(definitions),
  };
  const titles = () =>
    [...definitions.entries()].map(([name, { definition }]) => `${name} ${definition?.title}`).sort();
  return { applied, write, log, titles, accesses, logs, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test('an apply during a reload comes after it, and does not put the old file back', async () => {
  let begun = 0;
  let isHeld = false;
  let release = () => {};
  await using file = await configured('stream a { input test:; title A; }', async (write) => {
    begun += 1;
    if (isHeld) {
      isHeld = false;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    }
    return write();
  });
  await file.applied.apply();
  isHeld = true;
  await file.write('stream a { input test:; title B; }');
  const reloaded = file.applied.reload();
  await eventually('its write is under way', () => begun === 2);
  // As a recovery from a loss of data does.
  const restored = file.applied.apply();
  await file.write('stream a { input test:; title C; }');
  const last = [file.applied.reload(), file.applied.reload()];
  assert.is(last[0], last[1], 'however often it is asked for, one waits');
  assert.is(begun, 2, 'nothing else was begun');
  release();
  assert.is(await restored, true);
  await Promise.all([reloaded, ...last]);
  await eventually('the newest', () => file.titles().join() === 'a C');
});

test('an apply that fails does not block a later one', async () => {
  let isBroken = true;
  const write = (done: () => Promise<WriteOutcome>) => (isBroken ? Promise.reject(new Error('a bug')) : done());
  await using file = await configured('stream a { input test:; title A; }', write);
  assert.is(await file.applied.apply().catch((error: Error) => error.message), 'a bug');
  await file.applied.reload();
  assert.match(file.log.lines.at(-1) ?? '', /^error: .*cannot be applied: a bug/);
  isBroken = false;
  await file.applied.reload();
  await eventually('applied', () => file.titles().join() === 'a A');
});

test('users take effect with a reload, and only when they changed', async () => {
  await using file = await configured('edit_auth admin password1;');
  await file.applied.apply();
  await file.write('edit_auth admin password1; stream a { input test:; title A; }');
  await file.applied.reload();
  assert.equal(file.accesses, []);
  await file.write('edit_auth anna password2; view_auth;');
  await file.applied.reload();
  await file.write('edit_auth anna password2; view_auth; oops');
  await file.applied.reload();
  const anna = { name: 'anna', password: 'password2', role: 'edit' };
  assert.equal(file.accesses, [{ users: [anna], viewAuth: true, trustedProxies: [], play: { tokenKeys: [] } }]);
});

test('levels of the log take effect with each reload, without a remark, also when the file did not change', async () => {
  await using file = await configured('log { level nats debug; }');
  await file.applied.apply();
  await file.applied.reload();
  await file.write('log { level warn; }');
  await file.applied.reload();
  assert.equal(
    file.logs.map(({ level, levels }) => [level, levels]),
    [
      ['info', { nats: 'debug' }],
      ['warn', {}],
    ],
  );
  assert.equal(file.log.lines, []);
});

test('blocks that are added, changed and removed take effect with a reload', async () => {
  await using file = await configured('stream a { input test:; title A; }');
  await file.applied.apply();
  await file.write('stream a { input test:; title B; }\nstream b { input test:; title C; }');
  await file.applied.reload();
  await eventually('both', () => file.titles().join() === 'a B,b C');
  await file.write('');
  await file.applied.reload();
  await eventually('none', () => file.titles().length === 0);
});

test('reloads that come together end with what the file said last, and without complaint', async () => {
  await using file = await configured('stream a { input test:; title A; }');
  const first = file.applied.apply();
  for (const title of ['B', 'C', 'D']) {
    await file.write(`stream a { input test:; title ${title}; }`);
    void file.applied.reload();
  }
  await Promise.all([first, file.applied.reload()]);
  await eventually('the last', () => file.titles().join() === 'a D');
  assert.equal(
    file.log.lines.filter((line) => line.startsWith('error')),
    [],
  );
});

test('a file with an error, or a missing file, changes nothing; a change that needs a restart is told', async () => {
  await using file = await configured('stream a { input test:; title A; }');
  await file.applied.apply();
  await file.write('stream b { inptu test:; }');
  await file.applied.reload();
  assert.match(file.log.lines.join('\n'), /did you mean "input".*\n?.*stay as they are/s);
  await file.write('stream a { input test:; title A; }\nhttp 9999;');
  await file.applied.reload();
  assert.match(file.log.lines.at(-1) ?? '', /^warn: .*takes effect at the next start/);
  await file[Symbol.asyncDispose]();
  await file.applied.reload();
  assert.match(file.log.lines.at(-1) ?? '', /^error: .*cannot be applied: ENOENT/);
  assert.equal(file.titles(), ['a A']);
});

test.run();
