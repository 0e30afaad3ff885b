import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import type { ServerStatus, StreamStatus, WhatIfAnswer } from '../../src/domain/status.ts';
import { type Ended, streamherdHere } from '../support/command-line.ts';
import { streamherd } from '../support/command-line-process.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = suite('cluster/command-line', { deadlineMs: 140_000 });

const AUTH = 'admin:password-of-a-test';

/** The command line as an operator uses it, asking s1: as a process where it reads standard input. */
class Shell {
  readonly #url: string;

  constructor(herd: TestHerd) {
    this.#url = herd.server('s1').url;
  }

  ask(line: string, { auth = AUTH, input = '' }: { auth?: string; input?: string } = {}): Promise<Ended> {
    const env = { STREAMHERD_URL: this.#url, ...(auth !== '' && { STREAMHERD_AUTH: auth }) };
    return input === '' ? streamherdHere(line.split(' '), { env }) : streamherd(line.split(' '), { env, input });
  }

  /** Its output; it must succeed. */
  async out(line: string, input = ''): Promise<string> {
    const { code, out, err } = await this.ask(line, { input });
    assert.is(code, 0, `${line}: ${err}`);
    return out;
  }

  async json<Answer>(line: string, input = ''): Promise<Answer> {
    return JSON.parse(await this.out(`${line} --json`, input)) as Answer;
  }

  /** Its error output; it must fail. */
  async refusal(line: string, auth = AUTH): Promise<string> {
    const { code, err } = await this.ask(line, { auth });
    assert.is(code, 1, `${line}: ${err}`);
    return err;
  }
}

test('every command against a real herd of two', () =>
  withHerd({ servers: 2, cameras: 4, timing: { return_after: '500ms' } }, async (herd) => {
    const shell = new Shell(herd);
    await listsAndLookups(herd, shell);
    await changesNeedPassword(shell);
    await putAndRemove(herd, shell);
    await moveAndDrain(herd, shell);
    await apply(herd, shell);
    await removeServer(herd, shell);
    assert.equal(await herd.pulledTwice(), []);
  }));

async function listsAndLookups(herd: TestHerd, shell: Shell): Promise<void> {
  assert.match(await shell.out('streams'), /^STREAM +STATE +SERVER.*\ncam1 +live +s[12] /);
  const { streams } = await shell.json<{ streams: StreamStatus[] }>('streams ls');
  assert.equal(
    streams.map(({ name }) => name),
    [...herd.names],
  );
  assert.match(await shell.out('servers ls'), /\ns1 +up .*\ns2 +up /);
  const { servers } = await shell.json<{ servers: ServerStatus[] }>('servers ls');
  assert.equal(
    servers.map((server) => server.streams),
    [2, 2],
  );

  const owner = await herd.ownerOf('cam1');
  assert.match(await shell.out('streams show cam1'), new RegExp(`status\\.server +${owner}\\n`));
  const shown = await shell.json<{ definition: { inputs: string[] } }>('streams show cam1');
  assert.equal(shown.definition.inputs, [herd.cameras.url('cam1')]);
  assert.match(await shell.refusal('streams show cam99'), /^there is no stream cam99$/);

  assert.match(await shell.out('where cam1'), new RegExp(`server +${owner}\\n`));
  assert.is((await shell.json<{ server: string }>('where cam1')).server, owner);
  assert.match(await shell.refusal('where cam99'), /^there is no stream cam99$/);
  await herd.bus.put('idle', { url: 'test:', disabled: true });
  await eventually('it is known', async () => /it is disabled/.test((await shell.ask('where idle')).err));
  assert.match(await shell.refusal('where idle'), /^it is disabled$/);

  assert.match(await shell.out('what-if --without s2'), /^SERVER +NOW +THEN\ns1 +2 +4\ns2 +2 +0\n\nSTREAM/);
  const whatIf = await shell.json<WhatIfAnswer>('what-if --without s2');
  assert.equal(
    whatIf.moves.map(({ from, to }) => `${from} ${to}`),
    ['s2 s1', 's2 s1'],
  );
  assert.match(await shell.refusal('what-if --without s9'), /^there is no server s9$/);

  const lines = (await shell.out('events --json')).split('\n').map((line) => JSON.parse(line) as HerdEvent);
  const live = lines.filter(({ kind }) => kind === 'stream-live').map(({ stream }) => stream);
  assert.equal(live.sort(), [...herd.names]);
  assert.match(await shell.out('events --since 1h'), / s1 +server-joined /);
}

async function changesNeedPassword(shell: Shell): Promise<void> {
  for (const line of ['streams rm cam1', 'drain s1', 'move cam1 s2', 'servers rm s2']) {
    assert.match(await shell.refusal(line, ''), /wants a user and password/);
    assert.match(await shell.refusal(line, 'admin:wrong'), /does not accept this user and password/);
  }
  const put = await shell.ask('streams put cam1', { auth: '', input: '{"url": "test:"}' });
  assert.is(put.code, 1);
}

async function putAndRemove(herd: TestHerd, shell: Shell): Promise<void> {
  assert.is(await shell.out('streams put extra', '{"url": "test:", "title": "Gate"}'), 'extra is published');
  await eventually('it is captured', async () => (await herd.stream('extra')).state === 'live', { deadlineMs: 30_000 });
  const again = await shell.json<{ created: boolean }>('streams put extra', '{"url": "test:"}');
  assert.is(again.created, false);
  // At once: the last change counts, even if the server's view does not show the first one yet.
  assert.is(
    await shell.out('streams rm extra idle'),
    'extra: its definition is removed\nidle: its definition is removed',
  );
  await eventually('they are gone', async () => (await herd.streams()).length === herd.names.length);
  assert.match(await shell.refusal('streams rm extra'), /there is no stream extra/);
}

async function moveAndDrain(herd: TestHerd, shell: Shell): Promise<void> {
  const from = await herd.ownerOf('cam1');
  const to = from === 's1' ? 's2' : 's1';
  assert.is(await shell.out(`move cam1 ${to}`), `cam1 moves to ${to}`);
  await eventually('it has moved', async () => (await herd.stream('cam1')).server === to);
  assert.match(await shell.refusal('move cam1 s9'), /there is no server s9/);
  await eventually('two each again, with another stream given up for it', async () => {
    const counts = [...(await herd.byServer()).values()].map(({ length }) => length);
    return counts.join() === '2,2' && (await herd.ownerOf('cam1')) === to;
  });
  await herd.whole();
  assert.is(herd.bus.eventsOf('stream-handed-back').length, 2, 'and nothing went to and fro');

  const drain = () => shell.ask('drain s2 --wait --timeout 10s');
  await eventually('it is drained', async () => (await drain()).out === 's2 is drained', { deadlineMs: 30_000 });
  await eventually('s1 has them all', async () => (await herd.byServer()).get('s1')?.length === 4);
  await herd.whole();
  const { servers } = await shell.json<{ servers: ServerStatus[] }>('servers ls');
  assert.equal(
    servers.map(({ state }) => state),
    ['up', 'drained'],
  );
  assert.match(await shell.refusal('move cam1 s2'), /s2 is draining, and takes no streams/);
  assert.match(await shell.refusal('servers rm s2'), /only a server that is down can be removed/);
  const { server } = await shell.json<{ server: string }>('undrain s2');
  assert.is(server, 's2');
  await eventually('two each again', async () => (await herd.byServer()).get('s2')?.length === 2, {
    deadlineMs: 30_000,
  });
  await herd.whole();
}

async function apply(herd: TestHerd, shell: Shell): Promise<void> {
  await using folder = await tempFolder();
  const file = join(folder.path, 'site.conf');
  const camera = `stream cam1 { input ${herd.cameras.url('cam1')}; title "Mine"; }`;
  await writeFile(file, `server_name site;\nstream new1 { input test:; }\nstream new2 { input test:; disabled; }\n`);
  assert.match(await shell.out(`check ${file}`), /2 streams/);
  assert.match(await shell.out(`apply ${file} --dry-run`), /^WOULD .*\ncreate +new1 .*\ncreate +new2 /);
  assert.is((await herd.streams()).length, 4);
  assert.match(await shell.out(`apply ${file}`), /^DID .*\ncreate +new1 .*\ncreate +new2 /);
  await eventually('it is captured', async () => (await herd.stream('new1')).state === 'live', { deadlineMs: 30_000 });
  const { steps } = await shell.json<{ steps: { action: string }[] }>(`apply ${file}`);
  assert.equal(
    steps.map(({ action }) => action),
    ['leave', 'leave'],
  );
  await writeFile(file, `server_name site;\n${camera}\nstream new2 { input test:; weight 2; disabled; }\n`);
  assert.match(await shell.refusal(`apply ${file}`), /^cam1 was not applied: another client published it/);
  await eventually('what the file dropped is gone', async () =>
    (await herd.streams()).every(({ name }) => name !== 'new1'),
  );
  await writeFile(file, 'stream new1 { inptu test:; }\n');
  assert.match(await shell.refusal(`apply ${file}`), /site\.conf:1:\d+: .*did you mean "input"/s);
  await shell.out('streams rm new2');
}

async function removeServer(herd: TestHerd, shell: Shell): Promise<void> {
  const s2 = herd.server('s2');
  s2.kill('SIGTERM');
  await s2.ended();
  await herd.whole();
  await eventually('it is down', async () => /\ns2 +down /.test(await shell.out('servers')));
  assert.is(await shell.out('servers rm s2'), 's2 is forgotten');
  await eventually('it is off the list', async () => !/\ns2 /.test(await shell.out('servers')));
  assert.match(await shell.refusal('servers rm s2'), /there is no server s2/);
}

test.run();
