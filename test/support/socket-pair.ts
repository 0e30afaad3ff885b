import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { tempFolder } from './temp-folder.ts';

/** Two ends of one connection, in this process. */
export async function socketPair(): Promise<{ readonly left: Socket; readonly right: Socket } & AsyncDisposable> {
  const folder = await tempFolder();
  const server = createServer().listen(join(folder.path, 'pair'));
  await once(server, 'listening');
  const left = new Socket().connect(join(folder.path, 'pair'));
  const [right] = (await once(server, 'connection')) as [Socket];
  return {
    left,
    right,
    [Symbol.asyncDispose]: async () => {
      left.destroy();
      right.destroy();
      server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
