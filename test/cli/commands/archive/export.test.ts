import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { streamherdHere } from '../../../support/command-line.ts';
import { suite } from '../../../support/suite.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const test = suite('cli/commands/archive/export');

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
const GAP = { from: 1795327200, duration: 4, why: 'the disk was full' };
const AWAY = { from: 1_795_327_260, duration: 60 };

/** Answers as an export does: with byte ranges for .ts, and breaks an answer off after so many bytes. */
async function exportServer(): Promise<
  { url: string; asked: string[]; breakAfter: number; content: Buffer } & AsyncDisposable
> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const { url = '', headers } = request;
    asked.push(`${url} ${headers.range ?? '-'}`);
    if (!url.startsWith('/a/gate/archive-')) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"error": "nothing of it is recorded"}');
      return;
    }
    const { content } = made;
    const etag = `"${content.length}-${content[0]}"`;
    const range = (headers['if-range'] ?? etag) === etag ? headers.range : undefined;
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (from >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` });
      response.end();
      return;
    }
    const length = content.length - from;
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': length,
      etag,
      'streamherd-gaps': JSON.stringify([GAP]),
      'streamherd-unavailable': JSON.stringify([AWAY]),
    });
    const sent = content.subarray(from, Math.min(content.length, from + made.breakAfter));
    response.write(sent, () => {
      if (sent.length < length) request.socket.destroy();
      else response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const made = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    breakAfter: CONTENT.length,
    content: CONTENT,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return made;
}

test('an export becomes a file when it is complete, and says which times are not in it', async () => {
  await using server = await exportServer();
  await using folder = await tempFolder();
  const file = join(folder.path, 'gate.mp4');
  const line = ['archive', 'export', 'a/gate', '2026-11-22T06:00:00Z', '10m', file, '--url', server.url];
  const { code, out, err } = await streamherdHere(line);
  assert.equal([code, out], [0, `${file}: 300 kB`], err);
  assert.match(err, 'not recorded: 4 s from 2026-11-22T06:00:00.000Z: the disk was full');
  assert.match(err, 'recorded, and not to be had now: 60 s from 2026-11-22T06:01:00.000Z');
  assert.equal(await readFile(file), CONTENT);
  assert.equal(server.asked, ['/a/gate/archive-2026-11-22T06:00:00Z-600.mp4 -']);
});

test('an interrupted export of .ts continues where it stopped', async () => {
  await using server = await exportServer();
  await using folder = await tempFolder();
  const file = join(folder.path, 'gate.ts');
  const line = ['archive', 'export', 'a/gate', '1795327200', '600', file, '--url', server.url, '--json'];
  server.breakAfter = 100_000;
  const broken = await streamherdHere(line);
  assert.is(broken.code, 1);
  assert.match(broken.err, `${file}.part has`);
  const had = (await readFile(`${file}.part`)).length;
  assert.ok(had > 0 && had <= 100_000, `${had}`);
  server.breakAfter = CONTENT.length;
  const { code, out } = await streamherdHere(line);
  assert.equal([code, JSON.parse(out)], [0, { file, bytes: CONTENT.length, gaps: [GAP], unavailable: [AWAY] }]);
  assert.equal(await readFile(file), CONTENT);
  assert.is(server.asked[1], `/a/gate/archive-1795327200-600.ts bytes=${had}-`);

  assert.equal(await readdir(folder.path), ['gate.ts'], 'nothing is left beside it');

  // The connection broke with the last byte: there is nothing more to ask for.
  await writeFile(`${file}.part`, CONTENT);
  await writeFile(`${file}.part.etag`, `"${CONTENT.length}-${CONTENT[0]}"`);
  assert.is((await streamherdHere(line)).code, 0);
  assert.is(server.asked.at(-1), `/a/gate/archive-1795327200-600.ts bytes=${CONTENT.length}-`);
  await writeFile(`${file}.part`, Buffer.alloc(CONTENT.length + 1));
  await writeFile(`${file}.part.etag`, `"${CONTENT.length}-${CONTENT[0]}"`);
  assert.match((await streamherdHere(line)).err, 'is not the beginning of that');
});

test('an interrupted export begins again when the recordings are others, or when it is not known which it was of', async () => {
  await using server = await exportServer();
  await using folder = await tempFolder();
  const file = join(folder.path, 'gate.ts');
  const line = ['archive', 'export', 'a/gate', '1795327200', '600', file, '--url', server.url];
  server.breakAfter = 100_000;
  assert.is((await streamherdHere(line)).code, 1);
  // Retention has removed the first segments.
  server.content = CONTENT.subarray(7000);
  server.breakAfter = CONTENT.length;
  assert.is((await streamherdHere(line)).code, 0);
  assert.match(server.asked[1] ?? '', /bytes=\d+-$/);
  assert.equal(await readFile(file), server.content);

  await writeFile(`${file}.part`, Buffer.alloc(5000));
  assert.is((await streamherdHere(line)).code, 0);
  assert.is(server.asked[2], '/a/gate/archive-1795327200-600.ts -');
  assert.equal(await readFile(file), server.content);
});

test('an export that is not possible says why, and leaves no file', async () => {
  await using server = await exportServer();
  await using folder = await tempFolder();
  const file = join(folder.path, 'gate.ts');
  const missing = await streamherdHere(['archive', 'export', 'cam99', '5', '600', file, '--url', server.url]);
  assert.equal([missing.code, missing.err], [1, 'nothing of it is recorded']);
  assert.is(
    (await streamherdHere(['archive', 'export', 'a/gate', '5', '600', 'gate.avi', '--url', server.url])).code,
    2,
  );
  const nowhere = join(folder.path, 'no', 'gate.ts');
  const refused = await streamherdHere(['archive', 'export', 'a/gate', '5', '600', nowhere, '--url', server.url]);
  assert.equal([refused.code, /cannot be written/.test(refused.err)], [1, true]);
});

test.run();
