import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { debianVersion } from '../../scripts/deb/control.mjs';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { SystemRoot, whyNoRoots } from '../support/system-root.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('scripts/debian-package', { deadlineMs: 120_000 });
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const CONF = '/etc/streamherd/streamherd.conf';
const DATA = '/var/lib/streamherd';
/** Of one camera that draws itself, recorded. */
const STREAM = 'server_name s1; stream cam1 { input test:; dvr 1d; }';
/** Each look is a start of the command line, a third of a second of CPU. */
const SLOWLY = { deadlineMs: 40_000, everyMs: 500 };

/** Packed without compression, which would take most of the CPU. */
async function build(folder: string, version: string, env: Record<string, string> = {}): Promise<string> {
  const script = join(PROJECT, 'scripts/deb.mjs');
  const args = [script, '--out', folder, '--version', version, '--compression', 'none'];
  await execa(process.execPath, args, { cwd: folder, env });
  return join(folder, `streamherd_${debianVersion(version)}_all.deb`);
}

test('the same sources give the same package, at any time and by any user; it contains what it says', async () => {
  await using folder = await tempFolder();
  const hash = async (env: Record<string, string>) => {
    const file = await build(folder.path, '1.0.0-rc.1', { SOURCE_DATE_EPOCH: '1700000000', ...env });
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  };
  const first = await hash({});
  assert.is(await hash({ TZ: 'Asia/Tokyo', LC_ALL: 'C', TMPDIR: folder.path }), first);
  const file = join(folder.path, 'streamherd_1.0.0~rc.1_all.deb');
  const { stdout: fields } = await execa('dpkg-deb', ['--field', file]);
  assert.match(fields, /^Version: 1\.0\.0~rc\.1$/m);
  const { stdout: list } = await execa('dpkg-deb', ['--contents', file]);
  const lines = list.split('\n');
  for (const line of lines) assert.match(line, /^\S+ root\/root +\d+ 2023-11-14 /);
  assert.match(list, /^-rw-r----- .* \.\/etc\/streamherd\/streamherd\.conf$/m);
  assert.not.match(list, /\.code\.|\.map$|\.d\.ts$/m);
  await execa('dpkg-deb', ['--extract', file, folder.path]);
  const copyright = await readFile(join(folder.path, 'usr/share/doc/streamherd/copyright'), 'utf8');
  for (const name of ['zod', 'xstate', 'preact', 'hono', '@nats-io/nats-core', 'hls.js', 'execa', 'which']) {
    assert.match(copyright, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+, `, 'm'));
  }
  assert.not.match(copyright, /^(typescript|esbuild|uvu) \d/m);
  const completion = `. usr/share/bash-completion/completions/streamherd; COMP_WORDS=(streamherd archive k); COMP_CWORD=2; _streamherd; echo "\${COMPREPLY[@]}"`;
  assert.is((await execa('bash', ['-c', completion], { cwd: folder.path })).stdout, 'keep');
});

const json = async <Answer>(root: SystemRoot, command: string): Promise<Answer> =>
  JSON.parse(await root.done(`streamherd ${command} --json`)) as Answer;

async function isLive(root: SystemRoot): Promise<number | false> {
  const { streams } = await json<{ streams: { state: string; epoch: number }[] }>(root, 'streams');
  return streams[0]?.state === 'live' && streams[0].epoch;
}

const pid = (root: SystemRoot) => root.text('/run/systemctl/streamherd.service/pid');

async function installs(root: SystemRoot): Promise<void> {
  const out = await root.done('dpkg --install /tmp/streamherd_0.8.0_all.deb');
  assert.match(out, `Its file is ${CONF}; then: systemctl enable --now streamherd`);
  assert.is(await root.done('streamherd --version'), '0.8.0');
  assert.is(await root.done(`stat -c '%U %G %a' ${CONF}`), 'root streamherd 640');
  assert.is(await root.done('stat -c %G /etc/streamherd/nats-server.conf'), 'streamherd-nats');
  assert.match(await root.done(`streamherd check ${CONF}`), 'no problem');
  assert.match(await root.done('man --warnings streamherd 2>&1 || true'), /archive returns|No manual entry|not found/);
  assert.is((await root.run('systemctl is-active streamherd')).code, 3, 'nothing is started');
  // Each script once more, as after an interruption.
  await root.done('dpkg-trigger --version && /var/lib/dpkg/info/streamherd.postinst configure');
}

async function starts(root: SystemRoot): Promise<void> {
  await root.done(`echo '${STREAM}' >> ${CONF} && systemctl enable --now streamherd`);
  assert.match(await root.text('/run/systemctl/streamherd.service/messages'), 'STATUS=s1 stands in its herd');
  await eventually('it captures', () => isLive(root), SLOWLY);
  assert.is(await root.done(`stat -c '%U %a' /proc/${await pid(root)} ${DATA}`), 'streamherd 555\nstreamherd 700');
  await root.done('test -d /run/streamherd/live/cam1 && test ! -e /var/lib/streamherd/live');
  await eventually(
    'it records',
    async () => (await root.run(`find ${DATA}/archive -name '*.ts' | grep .`)).code === 0,
    SLOWLY,
  );
}

async function upgrades(root: SystemRoot): Promise<void> {
  const before = { pid: await pid(root), epoch: await isLive(root) };
  await root.done(`cp ${CONF} /tmp/good && echo 'no_such_word 1;' >> ${CONF}`);
  const refused = await root.run('dpkg --install /tmp/streamherd_0.9.0_all.deb');
  assert.is(refused.code, 0);
  assert.match(refused.err, /no_such_word[\s\S]*the earlier version goes on running\. Mend/);
  assert.is(await pid(root), before.pid);

  const messages = '/run/systemctl/streamherd.service/messages';
  await root.done(`cat /tmp/good > ${CONF}; mv ${messages} /tmp/messages; touch ${messages}`);
  const waits = await root.run('/var/lib/dpkg/info/streamherd.postinst configure 0.8.0');
  assert.match(
    waits.err,
    'the earlier version is still starting. The new one begins with: systemctl restart streamherd',
  );
  assert.is(await pid(root), before.pid);

  await root.done(`mv /tmp/messages ${messages}; echo KEY=x > /etc/streamherd/nats.env`);
  await root.done('chmod 0644 /etc/streamherd/nats.env && dpkg --install /tmp/streamherd_0.9.0_all.deb');
  assert.is(await root.done('stat -c %a /etc/streamherd/nats.env'), '600');
  assert.is.not(await pid(root), before.pid);
  assert.match(await root.text(CONF), STREAM);
  const metrics = `fetch('http://127.0.0.1:8080/metrics').then((it) => it.text()).then(console.log)`;
  assert.match(await root.done(`node -e "${metrics}"`), 'version="0.9.0"');
  await eventually('its stream has returned', async () => Number(await isLive(root)) > Number(before.epoch), SLOWLY);
}

async function refusesOldNats(root: SystemRoot): Promise<void> {
  const old = await root.run(
    'mv /usr/local/bin/nats-server /tmp/; printf "#!/bin/sh\\necho nats-server: v2.9.10\\n" > /usr/local/bin/nats-server;' +
      'chmod +x /usr/local/bin/nats-server; /usr/lib/streamherd/nats-server -c /etc/streamherd/nats-server.conf',
  );
  await root.done('mv /tmp/nats-server /usr/local/bin/');
  assert.is(old.code, 78);
  assert.match(old.err, /there is no nats-server 2\.11 or later on PATH.*\/usr\/local\/bin\/nats-server is 2\.9\.10/);
  assert.match(old.err, 'To fetch one into /usr/lib/streamherd/.tools: node /usr/lib/streamherd/scripts/prepare.mjs');
  assert.match(await root.done('/usr/lib/streamherd/nats-server --version'), 'v2.');
}

async function goes(root: SystemRoot): Promise<void> {
  await root.done('cp /var/lib/dpkg/info/streamherd.postrm /tmp/postrm; dpkg --remove streamherd');
  const running = `cd /proc; for it in [0-9]*; do [ "$(stat -c %U $it 2>&1)" != streamherd ] || cat $it/cmdline; done`;
  assert.is(await root.done(running), '', 'nothing runs');
  await root.done(`test -f ${CONF} && test -f ${DATA}/herd.json && test ! -e /usr/lib/streamherd`);
  await root.done(`test -d /run/streamherd/live && touch ${DATA}/returns-paused ${DATA}/returns-unconfirmed`);
  const { out } = await root.run('dpkg --purge streamherd');
  assert.match(out, `Recordings are never removed by the package`);
  assert.match(out, `\n  ${DATA}/archive`);
  assert.is(await root.done(`ls -A ${DATA}`), 'archive');
  await root.done(`find ${DATA}/archive -name '*.ts' | grep . && id streamherd`);
  assert.is((await root.run('ls -d /etc/streamherd /var/lib/streamherd-nats /run/streamherd')).out, '');
  // Of a server that has recorded nothing, nothing stays: it has left a folder with its mark.
  const roots = JSON.stringify({ v: 1, roots: { [`${DATA}/archive`]: 'a-mark' } });
  await root.done(`find ${DATA}/archive -mindepth 1 -delete; touch ${DATA}/archive/streamherd-archive.json`);
  assert.is(await root.done(`cat > ${DATA}/archive-roots.json; /tmp/postrm purge`, roots), '');
  assert.is((await root.run(`ls -d ${DATA}`)).out, '');
}

const TITLE = 'the package is installed, started, upgraded, removed and purged: recordings stay, and all else goes';
const whyNot = await whyNoRoots();
if (whyNot !== undefined) test.skip(TITLE, whyNot);
else {
  test(TITLE, async () => {
    await using folder = await tempFolder();
    await using root = await SystemRoot.of();
    for (const version of ['0.8.0', '0.9.0']) {
      await root.take(await build(folder.path, version), `/tmp/streamherd_${version}_all.deb`);
    }
    await installs(root);
    assert.is(await root.done('systemd-analyze verify --man=no /usr/lib/systemd/system/streamherd*.service 2>&1'), '');
    await refusesOldNats(root);
    await starts(root);
    await upgrades(root);
    await goes(root);
  });
}

test.run();
