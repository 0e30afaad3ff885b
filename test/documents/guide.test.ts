import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { Machines } from '../support/machines.ts';
import { suite } from '../support/suite.ts';
import type { SystemRoot } from '../support/system-root.ts';
import { whyNoRoots } from '../support/system-root.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('documents/guide', { deadlineMs: 150_000 });
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const NAMES = ['s01', 's02', 's03'];
const HOME = '/root';
const SLOWLY = { deadlineMs: 40_000, everyMs: 500 };
const PLAYLIST = /^#EXTM3U[\s\S]*\.ts$/m;

interface Block {
  /** `all`, or the name of a machine. */
  readonly where: string;
  readonly script: string;
}

const guide = await readFile(join(PROJECT, 'docs/guide.md'), 'utf8');
const blocks: readonly Block[] = [...guide.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(
  ([, kind = '', script = '']) => ({
    where: kind.replace(/^sh /, ''),
    script,
  }),
);

test('each block of the guide says on which machine it is run', () => {
  assert.ok(blocks.length > 10);
  assert.equal(
    blocks.filter(({ where }) => where !== 'all' && !NAMES.includes(where)),
    [],
  );
});

async function perform(machines: Machines, name: string, script: string): Promise<string> {
  const lines = script.split('\n');
  const copies = lines.filter((line) => line.startsWith('scp '));
  const out = await machines
    .root(name)
    .done(`set -e; cd ${HOME}\n${lines.filter((line) => !copies.includes(line)).join('\n')}`);
  for (const line of copies) {
    const [, file = '', to = ''] = line.split(' ');
    await machines.copy(name, join(HOME, file), to, HOME);
  }
  return out;
}

/** All blocks in their order, those for all machines at once. @returns what each block for one machine has said. */
async function follow(machines: Machines): Promise<readonly string[]> {
  const said: string[] = [];
  for (const { where, script } of blocks) {
    if (where === 'all') await Promise.all(NAMES.map((name) => perform(machines, name, script)));
    else said.push(await untilDone(() => perform(machines, where, script)));
  }
  return said;
}

/** A look may come before the first segment is there; what a block changes it changes at its end. */
async function untilDone(run: () => Promise<string>): Promise<string> {
  return eventually('the block succeeds', run, { ...SLOWLY, everyMs: 1000 });
}

async function isWhole(root: SystemRoot): Promise<boolean> {
  const ask = async (what: string) => JSON.parse(await root.done(`streamherd ${what} --json`)) as unknown;
  const { servers } = (await ask('servers')) as { servers: { name: string; state: string }[] };
  const { streams } = (await ask('streams')) as { streams: { state: string }[] };
  assert.equal(
    servers.map(({ name, state }) => `${name} ${state}`),
    NAMES.map((name) => `${name} up`),
  );
  assert.equal(
    streams.map(({ state }) => state),
    ['live'],
  );
  return true;
}

const TITLE = 'three machines become a herd with TLS in front by the commands of the guide';
const whyNot = await whyNoRoots();
if (whyNot !== undefined) test.skip(TITLE, whyNot);
else {
  test(TITLE, async () => {
    await using folder = await tempFolder();
    const build = ['scripts/deb.mjs', '--out', folder.path, '--version', '0.9.0', '--compression', 'none'];
    await execa(process.execPath, build, { cwd: PROJECT });
    await using machines = await Machines.of(NAMES);
    for (const name of NAMES) {
      await machines
        .root(name)
        .take(join(folder.path, 'streamherd_0.9.0_all.deb'), join(HOME, 'streamherd_0.9.0_all.deb'));
    }
    const said = await follow(machines);
    const [, looked = '', , after = ''] = said;
    assert.match(looked, PLAYLIST);
    assert.match(after, /^s02 +(down|gone|left)/m);
    const s01 = machines.root('s01');
    await eventually('all three stand, and the stream is live', () => isWhole(s01), SLOWLY);
    const mode = await s01.done("stat -c '%U:%G %a' /etc/streamherd/streamherd.conf /etc/streamherd/nats.env");
    assert.is(mode, 'root:streamherd 640\nroot:root 600');
    // Through the TLS of each machine a player gets the list, and a redirect leads to the TLS of another one.
    for (const name of NAMES) {
      const url = `https://${name}.example.com/clock/index.m3u8`;
      const trusted =
        'for it in 1 2 3; do curl --insecure --silent --location --write-out "%{url_effective} %{http_code}"';
      const found = await machines.root('s03').done(`${trusted} ${url} && break; done`);
      assert.match(found, /https:\/\/s0\d\.example\.com\/clock\/index\.m3u8\S* 200$/, found);
    }
  });
}

test.run();
