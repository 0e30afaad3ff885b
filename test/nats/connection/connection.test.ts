import * as assert from 'uvu/assert';
import type { BusStatus } from '../../../src/nats/connection/bus.ts';
import { connectBus } from '../../../src/nats/connection/connection.ts';
import { eventually } from '../../support/eventually.ts';
import { startNatsCluster, startNatsServer } from '../../support/nats-server.ts';
import { sideBySide } from '../../support/side-by-side.ts';

const test = sideBySide('nats/connection/connection', { deadlineMs: 40_000, atOnce: 3 });
/** A lasting trouble is told again after this time: shorter than the ten seconds of a server. */
const tellAgainMs = 2500;

function recorder() {
  const statuses: BusStatus[] = [];
  return { statuses, onStatus: (status: BusStatus) => void statuses.push(status) };
}

/** Connections that the server has ever accepted. */
async function connections(monitorUrl: string): Promise<number> {
  return ((await (await fetch(`${monitorUrl}/varz`)).json()) as { total_connections: number }).total_connections;
}

test('a connection tells that it is made, lost and back, with host and port', async () => {
  await using nats = await startNatsServer();
  const { statuses, onStatus } = recorder();
  await using bus = await connectBus({ servers: [nats.url], name: 's01', onStatus });
  const server = `127.0.0.1:${nats.port}`;
  await nats.kill('SIGKILL');
  await eventually('lost', () => !bus.connected);
  await nats.restart();
  await eventually('back', () => bus.connected);
  assert.equal(statuses, [
    { type: 'connected', server },
    { type: 'disconnected', server },
    { type: 'connected', server },
  ]);
});

test('a login that every node of a cluster refuses is told again and again, is repeated slowly, and ends with the signal', async () => {
  await using nats = await startNatsCluster(3, undefined, { token: 'right' });
  const { statuses, onStatus } = recorder();
  const abort = new AbortController();
  const { urls } = nats;
  const { signal } = abort;
  const connecting = connectBus({ servers: urls, token: 'wr0ng', name: 's01', onStatus, signal, tellAgainMs });
  await eventually('told twice', () => statuses.length >= 2);
  const logins = await Promise.all(nats.nodes.map(({ monitorUrl }) => connections(monitorUrl)));
  const total = logins.reduce((sum, count) => sum + count, 0);
  // About three rounds of three in the time between the two; it was a thousand a second.
  assert.ok(total < 30, `${total} logins`);
  abort.abort(new Error('enough'));
  assert.is(await connecting.catch((error: Error) => error.message), 'enough');
  assert.equal(
    statuses.map(({ type }) => type),
    ['refused', 'refused'],
  );
  assert.match(JSON.stringify(statuses), 'refuses the credentials');
  assert.not.match(JSON.stringify(statuses), 'wr0ng');
});

test('a token that is changed while connected is told with the reason, and logins are repeated slowly', async () => {
  await using first = await startNatsServer({ token: 'right' });
  const { statuses, onStatus } = recorder();
  await using bus = await connectBus({ servers: [first.url], token: 'right', name: 's01', onStatus, tellAgainMs });
  await first.kill('SIGKILL');
  await using changed = await startNatsServer({ token: 'other', port: first.port });
  await eventually('told twice', () => statuses.filter(({ type }) => type === 'refused').length >= 2);
  const total = await connections(changed.monitorUrl);
  assert.ok(total < 20, `${total} logins`);
  assert.match(bus.trouble ?? '', /Authorization Violation/i);
  assert.equal([...new Set(statuses.map(({ type }) => type))], ['connected', 'disconnected', 'refused']);
  await changed.kill('SIGKILL');
  await using _right = await startNatsServer({ token: 'right', port: first.port });
  await eventually('back', () => bus.connected);
  assert.is(bus.trouble, undefined);
});

test('the nodes of a cluster that the list does not name are learned from one that it names', async () => {
  await using nats = await startNatsCluster(2);
  const [one, other] = nats.nodes;
  await using bus = await connectBus({ servers: [one?.url ?? ''], name: 's01', onStatus: () => {} });
  await one?.kill('SIGKILL');
  await eventually('moved', () => bus.connected && bus.connection.getServer().endsWith(`:${other?.port}`));
});

test('a start that cannot reach NATS says so again and again', async () => {
  const nats = await startNatsServer();
  await nats[Symbol.asyncDispose]();
  const { statuses, onStatus } = recorder();
  const abort = new AbortController();
  const { signal } = abort;
  const connecting = connectBus({ servers: [nats.url], name: 's01', onStatus, signal, tellAgainMs });
  await eventually('told twice', () => statuses.length === 2);
  assert.equal([...new Set(statuses.map(({ type }) => type))], ['unreachable']);
  abort.abort(new Error('enough'));
  assert.is(await connecting.catch((error: Error) => error.message), 'enough');
});

test('credentials of the URL and the token are used', async () => {
  await using tokens = await startNatsServer({ token: 'right' });
  await using users = await startNatsServer({ config: 'authorization { user: u, password: "1@2:x" }' });
  const { onStatus } = recorder();
  const buses = await Promise.all([
    connectBus({ servers: [tokens.url], token: 'right', name: 's01', onStatus }),
    connectBus({ servers: [`nats://right@127.0.0.1:${tokens.port}`], name: 's01', onStatus }),
    connectBus({ servers: [`nats://u:1%402%3Ax@127.0.0.1:${users.port}`], name: 's01', onStatus }),
    connectBus({
      servers: [`nats://u:1%402%3Ax@127.0.0.1:${users.port}`],
      token: 'of the herd',
      name: 's01',
      onStatus,
    }),
  ]);
  for (const bus of buses) await bus.close();
});

test('a server that comes later is waited for', async () => {
  const nats = await startNatsServer();
  const { url, port } = nats;
  await nats[Symbol.asyncDispose]();
  const { statuses, onStatus } = recorder();
  const connecting = connectBus({ servers: [url], name: 's01', onStatus });
  await eventually('told', () => statuses.some(({ type }) => type === 'unreachable'));
  await using later = await startNatsServer({ port });
  await using bus = await connecting;
  assert.ok(bus.connected);
  assert.is(later.port, port);
});

test('a request that is in flight when the connection breaks fails then', async () => {
  await using nats = await startNatsServer();
  await using bus = await connectBus({ servers: [nats.url], name: 's01', onStatus: () => {} });
  bus.listen('silent', () => {});
  const asked = bus.request('silent', '', { timeoutMs: 600_000 }).then(
    () => 'answered',
    (error: Error) => error.name,
  );
  await bus.flush();
  await nats.kill('SIGKILL');
  assert.is(await asked, 'BusError');
  assert.is(bus.publish('x', ''), false);
});

test('a connection leaves a frozen node for another', async () => {
  await using one = await startNatsServer();
  await using other = await startNatsServer();
  await using bus = await connectBus({ servers: [one.url, other.url], name: 's01', onStatus: () => {} });
  const [first, second] = bus.connection.getServer().endsWith(`:${one.port}`) ? [one, other] : [other, one];
  await first.kill('SIGSTOP');
  await eventually('moved', () => bus.connected && bus.connection.getServer().endsWith(`:${second.port}`));
});

test.run();
