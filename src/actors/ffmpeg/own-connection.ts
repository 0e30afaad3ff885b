import { readFile } from 'node:fs/promises';

/** Ports of a connection on loopback, as its far end sees them. */
export interface LoopbackConnection {
  readonly from: number;
  readonly to: number;
}

/** Whether the near end of a connection is a process of this process's own user: the kernel's table says whose each is. */
export async function isOwnConnection(connection: LoopbackConnection): Promise<boolean> {
  const table = await readFile('/proc/net/tcp', 'utf8').catch(() => '');
  const user = userOf(table, connection);
  return user !== undefined && user === process.getuid?.();
}

/** By a text like `/proc/net/tcp`: ` 0: 0100007F:9C40 0100007F:B4F7 01 tx:rx tr:when retrnsmt uid …`, ports in hexadecimal. */
export function userOf(table: string, { from, to }: LoopbackConnection): number | undefined {
  const [local, remote] = [from, to].map((port) => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  for (const line of table.split('\n')) {
    const [, lineLocal, lineRemote, , , , , uid] = line.trim().split(/\s+/);
    if (lineLocal === local && lineRemote === remote) return Number(uid);
  }
  return undefined;
}
