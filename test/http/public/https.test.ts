import { once } from 'node:events';
import { request } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import * as assert from 'uvu/assert';
import type { CertificateState } from '../../../src/http/public/certificate-watch.ts';
import { certificateFiles, certificateOf, install, type TestCertificate } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestMedia, type TestMedia } from '../../support/media.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('http/public/https');

const clip = Buffer.alloc(188, 0x47);

interface SecureMedia extends TestMedia {
  /** Of the certificate, as last told. */
  problem(): string | undefined;
}

async function secureMedia(folder: string): Promise<SecureMedia> {
  const https = { address: '127.0.0.1', port: 0, ...certificateFiles(folder) };
  let problem: string | undefined;
  const onCertificate = (state: CertificateState) => {
    problem = state.problem;
  };
  const media = await startTestMedia('a', { https, onCertificate });
  await media.place('cam1', { at: 'here', epoch: 7 });
  await media.close('cam1', 7, 100, clip);
  return { ...media, problem: () => problem };
}

function portOf({ host }: TestMedia): number {
  assert.ok(host.httpsPort);
  return host.httpsPort ?? 0;
}

async function get(media: TestMedia, path: string, trusted: TestCertificate): Promise<string> {
  const asked = request({
    ...{ host: '127.0.0.1', port: portOf(media), path, agent: false },
    ca: await certificateOf(trusted),
  });
  asked.end();
  const [answer] = await once(asked, 'response');
  return text(answer);
}

/** The server closes the connection, without a handshake. */
async function closed(socket: Socket, bytes?: string | Buffer): Promise<void> {
  let isSecure = false;
  socket.on('secureConnect', () => {
    isSecure = true;
  });
  socket.on('error', () => {}).resume();
  if (bytes !== undefined) socket.write(bytes);
  await new Promise((resolve) => socket.on('close', resolve));
  assert.is(isSecure, false);
}

test('media are served over HTTPS as over HTTP, and by a renewed certificate without a new start', async () => {
  await using folder = await tempFolder();
  for (const kind of ['crt', 'key'] as const) await install('first', kind, folder.path);
  await using media = await secureMedia(folder.path);
  const list = () => get(media, '/cam1/video.m3u8', 'first');
  await eventually('the certificate is there', () => media.problem() === '');
  assert.is(await list(), await (await fetch(`${media.url}/cam1/video.m3u8`)).text());
  const socket = connect({ host: '127.0.0.1', port: portOf(media), ca: await certificateOf('first') });
  await once(socket, 'secureConnect');
  for (const kind of ['crt', 'key'] as const) await install('second', kind, folder.path);
  await eventually(
    'the new certificate is shown',
    () =>
      get(media, '/cam1/video.m3u8', 'second').then(
        (playlist) => playlist.includes('7-100.ts'),
        () => false,
      ),
    { deadlineMs: 20_000 },
  );
  // A viewer that was connected before stays so.
  socket.write('GET /cam1/video.m3u8 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.match(await text(socket), /200 OK[\s\S]*7-100\.ts/);
});

test('without a certificate HTTP is served all the same, and HTTPS as soon as there is one', async () => {
  await using folder = await tempFolder();
  await using media = await secureMedia(folder.path);
  assert.is((await fetch(`${media.url}/cam1/video.m3u8`)).status, 200);
  await eventually('it is told', () => /no such file/.test(media.problem() ?? ''));
  await closed(connect({ host: '127.0.0.1', port: portOf(media), rejectUnauthorized: false }));
  for (const kind of ['crt', 'key'] as const) await install('first', kind, folder.path);
  await eventually('the certificate is there', () => media.problem() === '', { deadlineMs: 20_000 });
  assert.match(await get(media, '/cam1/video.m3u8', 'first'), '7-100.ts');
});

test('clients that speak no TLS, stop in the middle of the handshake, or use an old version disturb no viewer', async () => {
  await using folder = await tempFolder();
  for (const kind of ['crt', 'key'] as const) await install('first', kind, folder.path);
  await using media = await secureMedia(folder.path);
  await eventually('the certificate is there', () => media.problem() === '');
  const port = portOf(media);
  // Each is closed by the server.
  await Promise.all([
    closed(connectTcp(port, '127.0.0.1'), 'GET /cam1/video.m3u8 HTTP/1.1\r\nHost: a\r\n\r\n'),
    closed(connectTcp(port, '127.0.0.1'), Buffer.alloc(1000, 0xff)),
    closed(connect({ ...{ host: '127.0.0.1', port }, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })),
  ]);
  const silent = Array.from({ length: 200 }, () => connectTcp(port, '127.0.0.1'));
  const half = Array.from({ length: 200 }, () => connectTcp(port, '127.0.0.1'));
  for (const socket of [...silent, ...half]) socket.on('error', () => {});
  for (const socket of half) socket.write(Buffer.from('1603010200010001fc0303', 'hex'));
  assert.match(await get(media, '/cam1/video.m3u8', 'first'), '7-100.ts');
  for (const socket of [...silent, ...half]) socket.destroy();
  assert.equal(media.crashes, []);
});

test.run();
