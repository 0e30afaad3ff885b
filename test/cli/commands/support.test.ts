import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import * as assert from 'uvu/assert';
import { shownConfig } from '../../../src/config/shown-config.ts';
import { apiServer } from '../../support/api-server.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('cli/commands/support', { deadlineMs: 60_000 });

/** Each is somewhere in the configuration; those with signs are written in other forms in URLs and in JSON. */
const PLANTED = {
  key: 'h7Qk2vXw9LmT4sPz81Bd',
  password: 'correct-"horse"-battery',
  viewer: 'viewers-password',
  nats: 'nats-p@ssword',
  camera: 'camera/p@ss-word',
  token: 'tokenOfTheCamera',
  hook: 'T0PS3CRETHOOKPATH',
  signing: 'kJ8sW2xQz7Lm4pRt',
  mail: 'mail-p@ss-1234',
  playing: 'Jk3mQ8vR2xW7zP5tY1nB',
  asking: 'backend-p@ssword',
};

/** Known to nothing else than the comment. */
const COMMENT = 'once-was-the-password';

const CONFIG = `server_name s1; http 127.0.0.1:1; data_dir DATA;
nats nats://herd:${encodeURIComponent(PLANTED.nats)}@127.0.0.1:1;
cluster_key ${PLANTED.key};
edit_auth admin "${PLANTED.password.replaceAll('"', '\\"')}";
view_auth guest ${PLANTED.viewer};   # ${COMMENT}
notify https://chat.example.invalid/hooks/${PLANTED.hook} { events lost; secret ${PLANTED.signing}; }
notify smtp://herd:${encodeURIComponent(PLANTED.mail)}@mail.example.invalid { from a@b.example; to c@d.example; }
play_token ${PLANTED.playing}; on_play http://herd:${encodeURIComponent(PLANTED.asking)}@10.0.0.5/may-play;
stream cam1 { input rtsp://root:${encodeURIComponent(PLANTED.camera)}@10.0.0.9/h264?token=${PLANTED.token}; }
`;

/** Every form in which a secret could stand in a text. */
const FORMS = Object.entries(PLANTED).flatMap(([what, secret]) =>
  [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)].map((form) => [what, form] as const),
);

/** An answer that holds every secret where no rule would look for it. */
const leaking = (member: string) => ({
  [member]: FORMS.map(([, form]) => ({ name: `it is ${form} there`, why: `x=${form};` })),
});

async function unpacked(file: string): Promise<ReadonlyMap<string, string>> {
  const entries = await unpackTar(gunzipSync(await readFile(file)));
  return new Map(
    entries.map(({ header, data }) => [header.name.replace(/^[^/]*\//, ''), Buffer.from(data ?? []).toString()]),
  );
}

function leaks(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files].flatMap(([name, text]) =>
    FORMS.filter(([, form]) => text.includes(form)).map(([what]) => `${what} in ${name}`),
  );
}

test('everything that helps is in it, and no secret, in whatever form and answer it stands', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 's.conf');
  await writeFile(file, CONFIG.replace('DATA', folder.path));
  const event = {
    at: '2026-11-22T06:00:00.000Z',
    kind: 'bus-lost',
    server: 's1',
    why: FORMS.map(([, form]) => form).join(' '),
  };
  await using server = await apiServer({
    'GET servers': { body: leaking('servers') },
    'GET streams': { body: leaking('streams') },
    'GET archive': { body: leaking('servers') },
    'GET archive-returns': { status: 503, body: { error: `no archive: ${PLANTED.key}` } },
    'GET events?since=&follow=0': { type: 'text/event-stream', body: `data: ${JSON.stringify(event)}\n\n` },
    'GET /metrics': { type: 'text/plain', body: FORMS.map(([, form]) => `m{l="${form}"} 1\n`).join('') },
    'GET log': { body: { lines: FORMS.map(([, form]) => `2026 info ${form}`) } },
  });
  const target = join(folder.path, 'out.tar.gz');
  const { code, out, err } = await streamherdHere(['support', '-c', file, '--url', server.url, '-o', target]);
  assert.is(code, 0, err);
  const files = await unpacked(target);
  assert.equal(
    [...files.keys()],
    [
      ...[
        'README.txt',
        'streamherd.conf',
        'check.txt',
        'versions.txt',
        'disks.txt',
        'doctor.txt',
        'servers.json',
        'streams.json',
      ],
      ...['archive.json', 'archive-returns.json.missing', 'events.txt', 'metrics.txt', 'log.txt'],
    ],
  );
  assert.equal(leaks(files), []);
  for (const name of files.keys()) assert.match(out, name);
  assert.equal(leaks(new Map([['the terminal', out + err]])), []);
  const text = (name: string) => files.get(name) ?? '';
  assert.match(text('streamherd.conf'), /server_name s1;.*cluster_key \*\*\*;.*stream cam1/s);
  assert.not.match(text('streamherd.conf'), COMMENT);
  assert.match(text('streamherd.conf'), 'rtsp://root:***@10.0.0.9/h264');
  assert.match(text('versions.txt'), /streamherd: 1\.2\.3\nnode: v.*\n.*\nffmpeg: .*\nnats-server: /);
  assert.match(text('disks.txt'), /^data_dir .*: .* free of .*\nlive_dir .*\narchive /);
  assert.match(text('events.txt'), /^2026-11-22T06:00:00.000Z {2}s1 {2}bus-lost {2}-/);
  assert.match(text('doctor.txt'), /FAILURE|ok/);
  assert.is(JSON.parse(text('servers.json')).servers.length, FORMS.length);
  assert.is((await stat(target)).mode & 0o777, 0o600);
  const again = await streamherdHere(['support', '-c', file, '--url', server.url, '-o', target]);
  assert.equal([again.code, /there is such a file already/.test(again.err)], [1, true]);
});

test('without a server, and with a configuration that has errors, there is a bundle all the same, and no secret in it', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 's.conf');
  await writeFile(
    file,
    `${CONFIG.replace('DATA', folder.path)}\nclustr_key ${PLANTED.key}; notfy https://x/${PLANTED.hook};`,
  );
  const target = join(folder.path, 'out.tar.gz');
  const { code, err } = await streamherdHere(['support', '-c', file, '-o', target]);
  assert.is(code, 0, err);
  const files = await unpacked(target);
  assert.equal(
    [...files.keys()],
    ['README.txt', 'streamherd.conf', 'check.txt', 'versions.txt', 'doctor.txt', 'herd.missing'],
  );
  assert.equal(leaks(files), []);
  assert.match(files.get('check.txt') ?? '', 'did you mean "cluster_key"');
  assert.match(files.get('herd.missing') ?? '', 's.conf:');
});

test('a file that is shown keeps everything but its secrets and comments', () => {
  const { text, secrets } = shownConfig(
    'server_name s1; # a comment\ncluster_key "a b;c d e f";\nstream x { input test:; }\n',
  );
  assert.is(text, 'server_name s1; #…\ncluster_key ***;\nstream x { input test:; }\n');
  assert.equal(secrets, ['a b;c d e f']);
});

test.run();
