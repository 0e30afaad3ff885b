import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { ServerProcess } from '../../src/demo/server-process.ts';
import { ServiceManager, watchdogEveryMs } from '../../src/host/service-manager.ts';
import { isOnPath } from '../../src/nats/own-server/on-path.ts';
import { eventually } from '../support/eventually.ts';
import { type ServiceSocket, serviceSocket } from '../support/service-socket.ts';
import { suite } from '../support/suite.ts';

const test = suite('host/service-manager', { deadlineMs: 30_000 });
const HOLDER = fileURLToPath(new URL('../fixtures/warden-holder.js', import.meta.url));

/** A warden with a server of this mode, as a service of systemd. */
async function asService(mode: string, body: (warden: ServerProcess, socket: ServiceSocket) => Promise<void>) {
  await using socket = await serviceSocket();
  const within = ['env', `NOTIFY_SOCKET=${socket.path}`, 'WATCHDOG_USEC=400000'];
  const warden = new ServerProcess({ configFile: mode, mainFile: HOLDER, within });
  warden.start();
  try {
    await body(warden, socket);
  } catch (error) {
    console.error([...warden.log, ...socket.messages].join('\n'));
    throw error;
  } finally {
    await warden.killAll();
  }
}

const said = ({ messages }: ServiceSocket, word: string) => messages.filter((each) => each.includes(word)).length;

const TESTS: Readonly<Record<string, () => Promise<void>>> = {
  'a server that stands is ready, once; its warden gives signs of life until it is stopped, and no child has the socket':
    () =>
      asService('stands', async (warden, socket) => {
        await eventually('it is ready', () => said(socket, 'READY=1'));
        await eventually('it says how it is', () => said(socket, 'STATUS=s1 stands in its herd'));
        await eventually('signs of life', () => said(socket, 'WATCHDOG=1') >= 4);
        const environment = readFileSync(`/proc/${warden.serverPid}/environ`, 'utf8');
        assert.match(environment, 'STREAMHERD_WARDEN_FD=3');
        assert.not.match(environment, /NOTIFY_SOCKET|WATCHDOG/);
        process.kill(warden.serverPid ?? 0, 'SIGKILL');
        await eventually('it says why', () =>
          said(socket, 'STATUS=it was ended by SIGKILL: starting the server again'),
        );
        const statuses = said(socket, 'STATUS=s1 stands');
        await eventually('another one stands', () => said(socket, 'STATUS=s1 stands') > statuses);
        warden.kill('SIGTERM');
        await eventually('it ends', () => said(socket, 'STOPPING=1'));
        assert.is(said(socket, 'READY=1'), 1);
      }),

  'a server that does not stand is not ready, and its warden is watched all the same': () =>
    asService('joins', async (_, socket) => {
      await eventually('it says how it is', () => said(socket, 'STATUS=s1 has no standing in its herd'));
      await eventually('signs of life', () => said(socket, 'WATCHDOG=1') >= 2);
      assert.is(said(socket, 'READY=1'), 0);
    }),

  'messages are sent one after the other, and meanwhile the newest of each kind waits': async () => {
    await using socket = await serviceSocket();
    using manager = new ServiceManager({ NOTIFY_SOCKET: socket.path }, assert.unreachable);
    for (const number of [1, 2, 3, 4]) manager.status(`it waits\nfor NATS ${number}`);
    manager.ready();
    await eventually('both have come', () => socket.messages.length === 2);
    assert.equal(socket.messages, ['STATUS=it waits for NATS 1', 'STATUS=it waits for NATS 4 | READY=1']);
  },
};
for (const [title, body] of Object.entries(TESTS)) {
  if (isOnPath('systemd-notify') && isOnPath('perl')) test(title, body);
  else test.skip(title, 'systemd-notify or perl is not installed');
}

test('where there is no systemd-notify that is said, and the server goes on', async () => {
  const { PATH } = process.env;
  const remarks: string[] = [];
  using manager = new ServiceManager({ NOTIFY_SOCKET: '/nonexistent/notify' }, (why) => remarks.push(why));
  process.env.PATH = '/nonexistent';
  try {
    manager.ready();
    manager.status('it stands');
    manager.stopping();
    await eventually('it is said', () => remarks.length > 0);
    manager.status('another');
  } finally {
    process.env.PATH = PATH;
  }
  assert.match(remarks.join(), /^systemd cannot be told how this server is \(Type=notify needs systemd-notify\)/);
});

test('signs of life are expected by systemd of the process that it names, four in each time', () => {
  assert.is(watchdogEveryMs({}, 7), undefined);
  assert.is(watchdogEveryMs({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' }, 7), 15_000);
  assert.is(watchdogEveryMs({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }, 7), undefined);
  assert.is(watchdogEveryMs({ WATCHDOG_USEC: 'soon' }, 7), undefined);
  assert.is(watchdogEveryMs({ WATCHDOG_USEC: '0' }, 7), undefined);
});

test.run();
