import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { ServerProcess } from '../../src/demo/server-process.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';

const test = suite('demo/server-process');
const FAMILY = fileURLToPath(new URL('../../../test/fixtures/family.mjs', import.meta.url));

function start(mode: string): { server: ServerProcess; ends: string[] } {
  const ends: string[] = [];
  const server = new ServerProcess({ configFile: mode, mainFile: FAMILY, onEnd: (how) => ends.push(how) });
  server.start();
  return { server, ends };
}

const hasChild = (server: ServerProcess) => server.log.some((line) => line.startsWith('child '));

test('a server is asked to end first', async () => {
  const { server, ends } = start('-');
  await eventually('a child', () => hasChild(server));
  assert.ok(server.pids.length >= 2 && server.pid !== undefined && server.pids.includes(server.pid));
  await server.stop();
  assert.equal([server.pids.length, server.pid, ends], [0, undefined, ['exit code 0']]);
  await eventually('the log is whole', () => server.log.includes('asked to end'));
});

test('a server that does not end is killed with all its processes', async () => {
  const { server, ends } = start('stubborn');
  await eventually('a child', () => hasChild(server));
  await server.stop(50);
  assert.equal([server.pids.length, ends], [0, ['SIGKILL']]);
});

test('a kill of all ends children in other process groups too, and the server can be started again', async () => {
  const { server, ends } = start('-');
  await eventually('a child', () => hasChild(server));
  await server.killAll();
  assert.equal([server.pids.length, ends], [0, ['SIGKILL']]);
  server.start();
  await eventually('it runs again', () => server.pids.length >= 2);
  await server.killAll();
});

test('orphans of an ended server are still known and ended', async () => {
  const { server } = start('-');
  await eventually('a child', () => hasChild(server));
  server.kill('SIGKILL');
  await server.ended();
  assert.is(server.pids.length, 1, 'the child lives');
  await server.killAll();
  assert.is(server.pids.length, 0);
});

test.run();
