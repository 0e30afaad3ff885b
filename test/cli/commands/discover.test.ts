import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../../src/config/parse.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { onvifCamera } from '../../support/onvif-camera.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('cli/commands/discover');

const login = { user: 'admin', password: `pass;"word'` };

test('cameras are listed, and with a login their definitions are proposed, the password in a file alone', async () => {
  await using folder = await tempFolder();
  await using camera = await onvifCamera({ login });
  const host = ['--host', `127.0.0.1:${camera.httpPort}`, '--seconds', '1'];
  const listed = await streamherdHere(['discover', ...host]);
  assert.equal([listed.code, listed.err], [0, '']);
  assert.match(
    listed.out,
    /^ADDRESS {4}NAME +MAKER.*\n127\.0\.0\.1 +- +- +- +- +http:\/\/127\.0\.0\.1:\d+\/onvif\/device_service$/,
  );

  const passwords = join(folder.path, 'cameras.pwd');
  await writeFile(passwords, `${login.password}\nsecond line\n`);
  const by = [...host, '--user', 'admin', '--password-file', passwords];
  const file = join(folder.path, 'cameras.conf');
  const shown = await streamherdHere(['discover', ...by, '--to', file]);
  assert.equal(shown, { code: 0, out: '', err: `${file} holds what is proposed (1), and the password` });
  assert.is((await stat(file)).mode & 0o777, 0o600);
  const { config, problems } = await parseConfig(await readFile(file, 'utf8'), file);
  assert.equal(problems, []);
  const password = encodeURIComponent(login.password).replace("'", '%27');
  assert.equal(
    config?.streams.map(({ name, definition: { inputs, title } }) => [name, inputs, title]),
    [['Dexter-DX-20', [`rtsp://admin:${password}@127.0.0.1:554/main?a=1&b=2`], 'Dexter DX-20']],
  );
  assert.match(
    (await streamherdHere(['discover', ...by, '--to', file])).err,
    /cameras\.conf cannot be written: it is there already$/,
  );

  // Each waits for its second.
  const [printed, table, json] = await Promise.all([
    streamherdHere(['discover', ...by]),
    streamherdHere(['discover', ...by, '--csv']),
    streamherdHere(['discover', ...by, '--json']),
  ]);
  assert.match(
    printed.out,
    /^# Dexter DX-20 127\.0\.0\.1: Large, 3840x2160, H265, 25 pictures a second, 4096 kbit\/s\n# or Small, 640x360/,
  );
  assert.match(printed.out, '  input rtsp://admin:***@127.0.0.1:554/main?a=1&b=2;');
  assert.is(table.out, 'stream,input,title\nDexter-DX-20,rtsp://admin:***@127.0.0.1:554/main?a=1&b=2,Dexter DX-20');
  const [told] = JSON.parse(json.out).cameras;
  assert.equal([told.stream, told.profiles.length, told.maker], ['Dexter-DX-20', 2, 'Dexter']);
  for (const { out, err } of [listed, shown, printed, table, json]) {
    assert.not.match(out + err, login.password);
    assert.not.match(out + err, password);
  }
});

test('a camera that refuses the login is named, and the command fails', async () => {
  await using folder = await tempFolder();
  await using camera = await onvifCamera({ login: { user: 'admin', password: 'other' } });
  const passwords = join(folder.path, 'cameras.pwd');
  await writeFile(passwords, login.password);
  const host = ['--host', `127.0.0.1:${camera.httpPort}`, '--seconds', '1'];
  const refused = await streamherdHere(['discover', ...host, '--user', 'admin', '--password-file', passwords]);
  assert.equal(refused, { code: 1, out: '', err: '127.0.0.1: the camera refuses this user and password' });
});

test('what cannot be asked is said before anything is', async () => {
  await using folder = await tempFolder();
  const empty = join(folder.path, 'empty');
  await writeFile(empty, '\n');
  const by = ['--user', 'admin', '--password-file'];
  for (const [argv, code, err] of [
    [['--host', 'camera.local'], 2, '--host: expected the IP address of a camera'],
    [
      ['--host', Array.from({ length: 65 }, () => '10.1.1.7').join(',')],
      2,
      '--host: expected at most 64 addresses, found 65',
    ],
    [['--host', '10.1.1.7,'], 2, '--host: expected the IP address of a camera'],
    [['--interface', 'eth0'], 2, '--interface: expected the IPv4 address'],
    [['--seconds', '0'], 2, '--seconds: expected a number from 1 to 30'],
    [['--seconds', 'x'], 2, '--seconds: expected a number from 1 to 30'],
    [['--user', 'admin'], 2, '--user and --password-file belong together'],
    [['--csv'], 2, '--csv needs a login: --user and --password-file belong together'],
    [[...by, empty], 1, 'empty: expected a password in its first line'],
    [[...by, join(folder.path, 'none')], 1, 'none cannot be read: there is no such file'],
    [
      ['--interface', '203.0.113.9', '--seconds', '1'],
      1,
      'could not be asked from 203.0.113.9: this machine has no such address',
    ],
  ] as const) {
    const ended = await streamherdHere(['discover', ...argv]);
    assert.equal([ended.code, ended.out], [code, ''], argv.join(' '));
    assert.match(ended.err, err);
  }
});

test.run();
