import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';

/** Of the kernel's setting: the first of the ports that it gives to outgoing connections, and to a server that asks for any port. */
const GIVEN_BY_KERNEL = '/proc/sys/net/ipv4/ip_local_port_range';
const USUALLY_GIVEN_FROM = 32_768;
/** Above 10080, the last port that browsers refuse. */
const LOWEST = 10_100;
/** Processes that look at the same time begin this far apart. */
const PER_PROCESS = 50;

let taken = 0;

/** `count` ports of loopback that are free now: from `base` on, or when one of these is taken, any. */
export async function portsFrom(base: number, count: number): Promise<readonly number[]> {
  const wanted = Array.from({ length: count }, (_, index) => base + index);
  return (await holdPorts(wanted)) ?? freePorts(count);
}

/**
 * `count` ports of loopback that are free now, and stay free until a server listens there, also between its end and its restart: the
 * kernel gives them to no other process. Each call continues behind the ports of the last one.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const all = givenByKernelFrom() - LOWEST;
  const first = process.pid * PER_PROCESS;
  for (let tried = 0; tried < all; tried += count) {
    const ports = Array.from({ length: count }, () => LOWEST + ((first + taken++) % all));
    const held = await holdPorts(ports);
    if (held !== undefined) return held;
  }
  // All are taken, or the kernel gives all of them.
  return (await holdPorts(Array<number>(count).fill(0))) ?? [];
}

function givenByKernelFrom(): number {
  try {
    return Number.parseInt(readFileSync(GIVEN_BY_KERNEL, 'utf8'), 10) || USUALLY_GIVEN_FROM;
  } catch {
    return USUALLY_GIVEN_FROM;
  }
}

/** All are held at a time, so that they differ; `undefined` when one is taken. */
async function holdPorts(ports: readonly number[]): Promise<readonly number[] | undefined> {
  const servers = ports.map(() => createServer());
  try {
    await Promise.all(
      servers.map((server, index) => {
        server.listen(ports[index], '127.0.0.1');
        return once(server, 'listening');
      }),
    );
    return servers.map((server) => (server.address() as AddressInfo).port);
  } catch {
    return undefined;
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
