import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { MAIN_FILE } from '../../../src/demo/server-process.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cli/top/terminal', { deadlineMs: 60_000 });

const ENTERED = '\x1b[?1049h';
const RESTORED = '\x1b[?25h\x1b[?1049l';
const cam = (name: string, state: string) => ({
  name,
  state,
  server: 's01',
  why: 'a test',
  since: '2026-11-22T06:00:00.000Z',
});

/** A server whose lists have one stream, and which tells changes when it is told to. */
async function herdServer() {
  const feeds = new Set<ServerResponse>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/api/v1/', '');
    asked.push(path);
    if (path === 'changes') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 2000\n\n');
      feeds.add(response);
      return;
    }
    response.end(JSON.stringify(path === 'streams' ? { streams: [cam('gate', 'live')] } : { servers: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    tell: (change: object) => {
      for (const feed of feeds) feed.write(`id: 1\nevent: change\ndata: ${JSON.stringify(change)}\n\n`);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `top` in a terminal of its own, by script(1). */
function topIn(url: string, { rows = 12, columns = 60 } = {}) {
  const inside = `stty rows ${rows} cols ${columns}; "${process.execPath}" "${MAIN_FILE}" top --url ${url}; echo "code $?"; stty -a`;
  const env = { PATH: process.env.PATH ?? '', TERM: 'xterm', SHELL: '/bin/sh' };
  const child = execa('script', ['-qec', inside, '/dev/null'], {
    env,
    extendEnv: false,
    reject: false,
    timeout: 40_000,
    buffer: false,
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  return { press: (keys: string) => child.stdin.write(keys), said: () => screen, ended: child };
}

test('in a terminal: the lists, then each change without asking again; q gives the terminal back', async () => {
  await using server = await herdServer();
  const top = topIn(server.url);
  await eventually('the stream is shown', () => /gate +live/.test(top.said()));
  server.tell({ version: '2', streams: [cam('gate', 'stalled')], removed: [], stale: null });
  await eventually('the change is shown', () => /gate +stalled/.test(top.said()));
  assert.equal(server.asked, ['changes', 'servers', 'streams']);
  top.press('/zzz\r');
  await eventually('the filter is shown', () => top.said().includes('filter "zzz"'));
  top.press('q');
  await top.ended;
  const said = top.said();
  assert.is(said.split(ENTERED).length, 2);
  const after = said.slice(said.indexOf(RESTORED));
  assert.match(after, /code 0/);
  assert.match(after, /(?<!-)\bicanon\b/, 'lines are read as before');
  assert.match(after, /(?<!-)\becho\b/);
  const pictures = said.slice(said.indexOf(ENTERED), said.indexOf(RESTORED)).split('\x1b[H').slice(1);
  for (const picture of pictures) assert.is(picture.split('\r\n').length, 12);
});

test('a signal gives the terminal back, too', async () => {
  await using server = await herdServer();
  const top = topIn(server.url);
  await eventually('the stream is shown', () => /gate +live/.test(top.said()));
  // script(1) runs a shell, and the shell runs `top`.
  const childOf = async (pid: number) =>
    Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ')[0]);
  process.kill(await childOf(await childOf(top.ended.pid ?? 0)), 'SIGTERM');
  await top.ended;
  const after = top.said().slice(top.said().indexOf(RESTORED));
  assert.match(after, /code 0/);
  assert.match(after, /(?<!-)\bicanon\b/);
});

test('what is no terminal gets a sentence that names the commands which write lines', async () => {
  const { code, err } = await streamherdHere(['top'], { env: { TERM: 'xterm' } });
  assert.is(code, 1);
  assert.match(err, /top draws in a terminal, and this is none: "streamherd streams"/);
  const inside = `TERM=dumb "${process.execPath}" "${MAIN_FILE}" top`;
  const env = { PATH: process.env.PATH ?? '', SHELL: '/bin/sh' };
  const { stdout, exitCode } = await execa('script', ['-qec', inside, '/dev/null'], {
    env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
  assert.is(exitCode, 1);
  assert.match(stdout, 'TERM is dumb');
  assert.not.ok(stdout.includes('\x1b['));
});

test.run();
