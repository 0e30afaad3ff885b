import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { apiServer } from '../../support/api-server.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('cli/commands/apply', { deadlineMs: 60_000 });

test('asks the server of the file, with the edit_auth of the file', async () => {
  await using server = await apiServer({
    'POST apply?dry_run=1': { body: { steps: [{ action: 'create', name: 'cam01', why: 'new' }] } },
    'POST apply': { body: { steps: [{ action: 'conflict', name: 'cam01', why: 'another client published it' }] } },
  });
  await using folder = await tempFolder();
  const file = join(folder.path, 'herd.conf');
  await writeFile(
    file,
    `server_name s01; http 127.0.0.1:${server.port}; edit_auth admin battery-staple; stream cam01 { url test:; weight 2; }`,
  );
  const dry = await streamherdHere(['apply', file, '--dry-run']);
  assert.equal([dry.code, dry.err], [0, '']);
  assert.match(dry.out, /^WOULD +STREAM +WHY\ncreate +cam01 +new$/);
  const [request] = server.requests;
  assert.equal(JSON.parse(request?.body ?? ''), {
    file: 's01',
    streams: { cam01: { inputs: ['test:'], weight: 2 } },
  });
  assert.is(request?.authorization, `Basic ${Buffer.from('admin:battery-staple').toString('base64')}`);
  const wet = await streamherdHere(['apply', file]);
  assert.is(wet.code, 1);
  assert.is(wet.err, 'cam01 was not applied: another client published it');
});

test('a file with problems is not sent', async () => {
  await using folder = await tempFolder();
  await using server = await apiServer({});
  const file = join(folder.path, 'herd.conf');
  await writeFile(file, 'stream cam01 { }');
  const { code, err } = await streamherdHere(['apply', file, '--url', server.url]);
  assert.is(code, 1);
  assert.match(err, /herd\.conf:1:8: expected a source/);
  assert.is(server.requests.length, 0);
});

test.run();
