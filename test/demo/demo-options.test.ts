import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { parseDemoOptions } from '../../src/demo/demo-options.ts';
import { freePorts, portsFrom } from '../../src/demo/free-ports.ts';
import { serverConfigText } from '../../src/demo/server-config.ts';
import { suite } from '../support/suite.ts';

const test = suite('demo/demo-options');

test('options and their defaults', () => {
  const defaults = { servers: 3, cameras: 6, port: undefined, seconds: undefined };
  assert.equal(parseDemoOptions([]), { type: 'run', options: defaults });
  assert.equal(parseDemoOptions(['--servers', '4', '--cameras=12', '--port', '9000', '--seconds', '30']), {
    type: 'run',
    options: { servers: 4, cameras: 12, port: 9000, seconds: 30 },
  });
  assert.equal(parseDemoOptions(['--help']), { type: 'help' });
});

test('a wrong option is told with what was expected', () => {
  assert.equal(parseDemoOptions(['--servers', '10']), {
    type: 'misused',
    why: '--servers: expected a whole number from 1 to 9, found "10"',
  });
  for (const argv of [['--camera', '3'], ['--cameras', '1.5'], ['--seconds', '-1'], ['what']]) {
    assert.is(parseDemoOptions(argv).type, 'misused', argv.join(' '));
  }
});

test('the configuration of a server', () => {
  const text = serverConfigText({
    name: 's1',
    port: 8081,
    natsUrls: ['nats://t@127.0.0.1:4222'],
    dataDir: '/tmp/a b/s1',
    clusterKey: 'key',
    editAuth: { user: 'admin', password: 'demo-demo' },
    peers: [{ name: 's1', port: 8081 }],
    timing: { return_after: '2s' },
  });
  assert.is(
    text,
    `server_name s1;
http 127.0.0.1:8081;
beats 127.0.0.1:0;
public_url http://127.0.0.1:8081;
nats nats://t@127.0.0.1:4222;
data_dir "/tmp/a b/s1";
cluster_key key;
edit_auth admin demo-demo;
peer s1:8081 { public_url http://127.0.0.1:8081; }
timing {
  return_after 2s;
}
`,
  );
});

test('ports: the wanted ones, or free ones when a wanted one is taken', async () => {
  const [base = 0] = await freePorts(1);
  assert.equal(await portsFrom(base, 1), [base]);
  const holder = createServer().listen(base, '127.0.0.1');
  await once(holder, 'listening');
  const others = await portsFrom(base, 3);
  holder.close();
  assert.is(new Set([...others, base]).size, 4);
});

test('free ports: none that the kernel gives to another process while no server listens there, and others at each call', async () => {
  const [lowest] = (await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')).split('\t').map(Number);
  const ports = [await freePorts(2), await freePorts(2)].flat();
  assert.is(new Set(ports).size, 4);
  assert.ok(
    ports.every((port) => port < (lowest ?? 0)),
    `${ports} below ${lowest}`,
  );
});

test('free ports: a port where a server listens is passed over', async () => {
  const [before = 0] = await freePorts(1);
  const holder = createServer().listen(before + 1, '127.0.0.1');
  await once(holder, 'listening');
  const [next = 0] = await freePorts(1);
  holder.close();
  assert.is.not(next, before + 1);
});

test.run();
