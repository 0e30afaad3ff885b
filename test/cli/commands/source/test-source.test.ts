import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type ApiAnswer, apiServer } from '../../../support/api-server.ts';
import { streamherdHere } from '../../../support/command-line.ts';
import { streamherd } from '../../../support/command-line-process.ts';
import { suite } from '../../../support/suite.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const test = suite('cli/commands/source/test-source', { deadlineMs: 60_000 });

const SOURCE = 'rtsp://10.1.1.7/h264';
const SECRET_URL = 'rtsp://admin:pass-word@10.1.1.7/h264';
const SHOWN_URL = 'rtsp://admin:***@10.1.1.7/h264';
const GOOD = {
  ok: true,
  firstDataS: 0.6,
  seenS: 6,
  video: { codec: 'h264', width: 1280, height: 720, fps: 25, keyFrameS: 1 },
  says: ['Its picture is copied.', 'It sends no sound.'],
  picture: btoa('a picture'),
};
const BAD = {
  ok: false,
  failure: { kind: 'authentication', message: `the source refuses the credentials: ${SECRET_URL}: 401 Unauthorized` },
};
const CAPTURED = { status: 409, body: { error: 's01 captures it as cam01 right now' } };

/** A server that answers tests so, one after the other. */
function server(...tests: readonly ApiAnswer[]) {
  return apiServer({
    'GET servers': { body: { servers: [] } },
    'GET streams/cam01': {
      body: { status: {}, definition: { inputs: [SHOWN_URL, SOURCE], transcoder: { vcodec: 'copy' } } },
    },
    'POST sources/test': tests,
  });
}

test('the server tests a URL: what is sent, what is done with it, and a picture', async () => {
  await using api = await server({ body: GOOD });
  await using folder = await tempFolder();
  const picture = join(folder.path, 'gate.jpg');
  const { code, out, err } = await streamherdHere(['test-source', SOURCE, '--picture', picture, '--url', api.url]);
  assert.equal([code, err], [0, '']);
  assert.match(
    out,
    /^rtsp:\/\/10\.1\.1\.7\/h264: tested by the server in [\d.]+ s, first data after 0\.6 s\n {2}h264, 1280x720, 25 pic/,
  );
  assert.match(out, /seen for 6 s\n {2}Its picture is copied\.\n {2}It sends no sound\.$/);
  assert.is(await readFile(picture, 'utf8'), 'a picture');
  assert.equal(JSON.parse(api.requests.at(-1)?.body ?? ''), { url: SOURCE });
  const json = await streamherdHere(['test-source', SOURCE, '--json', '--url', api.url]);
  const { tested } = JSON.parse(json.out);
  const { picture: _, ...facts } = GOOD;
  assert.equal(tested, [{ url: SOURCE, by: 'server', tookS: tested[0].tookS, ...facts }]);
});

test('all inputs of a stream, or one: what is captured at the moment is not tested, and one that fails is a failure', async () => {
  await using api = await server(CAPTURED, { body: GOOD }, CAPTURED, { body: BAD }, CAPTURED);
  const testSource = (...more: string[]) => streamherdHere(['test-source', 'cam01', '--url', api.url, ...more]);
  const one = await testSource();
  assert.is(one.code, 0);
  assert.is(one.err, `${SHOWN_URL}: not tested: s01 captures it as cam01 right now`);
  assert.match(one.out, /^rtsp:\/\/10\.1\.1\.7\/h264: tested/);
  assert.equal(JSON.parse(api.requests[1]?.body ?? ''), { url: SHOWN_URL, stream: 'cam01' });
  const bad = await testSource('--json');
  assert.is(bad.code, 1);
  assert.not.match(bad.out, 'pass-word');
  const { stream, tested } = JSON.parse(bad.out);
  assert.equal([stream, tested[0].refused, tested[1].ok], ['cam01', 's01 captures it as cam01 right now', false]);
  assert.match(tested[1].advice, /^Put the user and the password/);
  const none = await testSource('--input', '1');
  assert.equal([none.code, none.out], [1, ''], 'nothing was tested');
  assert.match((await testSource('--input', '3')).err, /^there is no input 3: it has 2/);
  assert.is((await testSource('--input', 'two')).code, 2);
  assert.match(
    (await testSource('--picture', '/nowhere/x.jpg')).err,
    /--picture takes the picture of one source.*--input N$/,
  );
  assert.is(api.requests.filter(({ method }) => method === 'POST').length, 5);
});

test('a failure says what to do, and a picture that is wanted and is not there is one', async () => {
  await using api = await server({ body: BAD }, { body: { ...GOOD, picture: undefined } });
  const bad = await streamherdHere(['test-source', SOURCE, '--url', api.url]);
  assert.equal([bad.code, bad.out], [1, '']);
  const said = 'the source refuses the credentials: rtsp://admin:***@10.1.1.7/h264: 401 Unauthorized';
  assert.match(bad.err, `${SOURCE}: ${said} (tested by the server in `);
  assert.match(bad.err, '\nwhat to do: Put the user and the password of the camera');
  const blind = await streamherdHere(['test-source', SOURCE, '--picture', '/nowhere/x.jpg', '--url', api.url]);
  assert.equal([blind.code, blind.err], [1, '/nowhere/x.jpg is not written: there is no picture']);
});

test('a password comes by file or standard input, and not by the command line', async () => {
  await using api = await server({ body: GOOD });
  await using folder = await tempFolder();
  const file = join(folder.path, 'url');
  await writeFile(file, `${SECRET_URL}\n`);
  const here = (...args: string[]) => streamherdHere(['test-source', ...args, '--url', api.url]);
  const typed = await here(SECRET_URL);
  assert.is(typed.code, 2);
  assert.match(typed.err, /on the command line: give it on standard input/);
  assert.not.match(typed.err, 'pass-word');
  assert.is(api.requests.length, 0);
  const read = await here('--from', file);
  assert.is(read.code, 0);
  assert.match(read.out, `${SHOWN_URL}: tested`);
  const piped = await streamherd(['test-source', '-', '--url', api.url], { input: SECRET_URL });
  assert.is(piped.code, 0);
  const sent = api.requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body));
  assert.equal(sent, [{ url: SECRET_URL }, { url: SECRET_URL }]);
  for (const [text, why] of [
    [SHOWN_URL, /url: expected the password itself in place of \*\*\*$/],
    ['file:///etc/passwd', /url: expected a source URL that begins with/],
    [`${SECRET_URL}\n${SOURCE}`, /url: expected a source URL without white space/],
  ] as const) {
    await writeFile(file, text);
    const wrong = await here('--from', file);
    assert.is(wrong.code, 1);
    assert.match(wrong.err, why);
    assert.not.match(wrong.err, 'pass-word');
  }
  for (const args of [[], [SOURCE, '--from', file], ['../x'], ['file:///etc/passwd'], [SOURCE, '--input', '1']]) {
    assert.is((await here(...args)).code, 2, args.join(' '));
  }
});

test('where no server runs the command tests by itself, and a stream is that of the file', async () => {
  await using folder = await tempFolder();
  const { port } = await closedServer();
  const [ffmpeg, file] = [join(folder.path, 'ffmpeg'), join(folder.path, 'herd.conf')];
  // It can draw, and quotes its source in its errors.
  const says = `case "$*" in *drawtext*) exit 0;; esac; sed -n "s/^file '\\(.*\\)'$/[error] \\1: 404 Not Found/p" >&2; exit 1`;
  await writeFile(ffmpeg, `#!/bin/sh\n${says}\n`, { mode: 0o755 });
  const stream = `stream cam01 { input ${SECRET_URL}; input test:; }`;
  await writeFile(file, `http 127.0.0.1:${port}; data_dir ${folder.path}; ${stream}`);
  const env = { STREAMHERD_FFMPEG: ffmpeg };
  const { code, out, err } = await streamherdHere(['test-source', 'cam01', '-c', file], { env });
  assert.is(code, 1);
  assert.match(err, /^no server runs here: this command connects by itself/);
  assert.match(
    err,
    `\n${SHOWN_URL}: the source has no such stream: ${SHOWN_URL}: 404 Not Found (tested by this command`,
  );
  assert.match(err, /\nwhat to do: The path in the input is not one of this camera/);
  assert.match(out, /^test:: tested by this command in .*\n {2}streamherd makes this picture itself\.$/);
  const unknown = await streamherdHere(['test-source', 'cam02', '-c', file], { env });
  assert.match(unknown.err, /nothing listens there; .* and .*herd\.conf defines no stream cam02$/);
  const named = await streamherdHere(['test-source', SOURCE, '--url', `http://127.0.0.1:${port}`], { env });
  assert.equal([named.code, named.out], [1, '']);
  assert.match(named.err, /cannot be reached: nothing listens there/);
});

/** A port where nothing listens any more. */
async function closedServer(): Promise<{ readonly port: number }> {
  await using api = await apiServer({});
  return { port: api.port };
}

test.run();
