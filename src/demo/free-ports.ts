import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** `count` ports of loopback that are free now: from `base` on, or when one of these is taken, any. */
export async function portsFrom(base: number, count: number): Promise<readonly number[]> {
  const wanted = Array.from({ length: count }, (_, index) => base + index);
  return (await holdPorts(wanted)) ?? freePorts(count);
}

export async function freePorts(count: number): Promise<readonly number[]> {
  return (await holdPorts(Array<number>(count).fill(0))) ?? [];
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
