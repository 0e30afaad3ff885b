import { rm, writeFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { Gate } from '../../../src/domain/gate.ts';
import { type CertificateState, CertificateWatch } from '../../../src/http/public/certificate-watch.ts';
import { certificateFiles, certificateOf, install } from '../../support/certificates.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('http/public/certificate-watch');

const DAY_MS = 86_400_000;

async function watched() {
  const folder = await tempFolder();
  const files = certificateFiles(folder.path);
  const used: string[] = [];
  const told: CertificateState[] = [];
  const now = { unixMs: Date.now() };
  const watch = new CertificateWatch({
    ...{ files, disk: new Gate({ places: 1, maxWaiting: 10 }), unixMs: () => now.unixMs },
    use: ({ cert }) => used.push(cert.toString()),
    tell: (state) => told.push(state),
  });
  const problems = () => told.map(({ problem }) => problem.replaceAll(`${folder.path}/`, ''));
  return { ...{ folder, files, used, told, now, watch, problems }, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

test('a certificate is used, and used again only when its files have changed', async () => {
  await using room = await watched();
  const { folder, watch, used, told } = room;
  for (const kind of ['crt', 'key'] as const) await install('first', kind, folder.path);
  for (let look = 0; look < 3; look += 1) await watch.look();
  for (const kind of ['crt', 'key'] as const) await install('second', kind, folder.path);
  for (let look = 0; look < 3; look += 1) await watch.look();
  const both = await Promise.all((['first', 'second'] as const).map(certificateOf));
  assert.equal(
    used,
    both.map((cert) => cert.toString()),
  );
  assert.equal(room.problems(), ['', '']);
  assert.ok((told[0]?.expiresMs ?? 0) > Date.now());
});

test('between the renewals of certificate and key the old pair is in use, and nothing is told', async () => {
  await using room = await watched();
  const { folder, watch, used } = room;
  for (const kind of ['crt', 'key'] as const) await install('first', kind, folder.path);
  await watch.look();
  await install('second', 'crt', folder.path);
  await watch.look();
  await install('second', 'key', folder.path);
  await watch.look();
  assert.is(used.length, 2);
  assert.equal(room.problems(), ['', '']);
});

test('files that stay bad are told with what is wrong, and the old pair stays in use', async () => {
  await using room = await watched();
  const { folder, files, watch, used } = room;
  for (const kind of ['crt', 'key'] as const) await install('first', kind, folder.path);
  await watch.look();
  await install('second', 'key', folder.path);
  for (let look = 0; look < 3; look += 1) await watch.look();
  await writeFile(files.keyFile, 'no key');
  for (let look = 0; look < 3; look += 1) await watch.look();
  await rm(files.certFile);
  for (let look = 0; look < 3; look += 1) await watch.look();
  assert.is(used.length, 1);
  const [first, second, third, fourth, ...more] = room.problems();
  assert.equal([first, second, more], ['', 'tls.key: it is not the key of tls.crt', []]);
  assert.match(third ?? '', /^tls\.key: expected a private key in PEM, without a passphrase \(/);
  assert.is(fourth, 'tls.crt: there is no such file or folder');
});

test('without a certificate from the start the reason is told at once', async () => {
  await using room = await watched();
  await room.watch.look();
  assert.equal(room.problems(), ['tls.crt: there is no such file or folder']);
});

test('a certificate that expires within two weeks, or has expired, is told', async () => {
  await using room = await watched();
  const { folder, watch, now, told } = room;
  for (const kind of ['crt', 'key'] as const) await install('first', kind, folder.path);
  await watch.look();
  const expiresMs = told[0]?.expiresMs ?? 0;
  const end = new Date(expiresMs).toISOString();
  for (const leftMs of [15 * DAY_MS, 13 * DAY_MS, 12 * DAY_MS, -DAY_MS]) {
    now.unixMs = expiresMs - leftMs;
    await watch.look();
  }
  assert.equal(room.problems(), ['', `tls.crt: it expires at ${end}`, `tls.crt: it expired at ${end}`]);
});

test.run();
