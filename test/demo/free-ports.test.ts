import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { freePorts, portsFrom } from '../../src/demo/free-ports.ts';
import { suite } from '../support/suite.ts';

const test = suite('demo/free-ports');

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
