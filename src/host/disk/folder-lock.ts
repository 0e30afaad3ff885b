import { mkdir, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';

/** Another process of this machine holds the folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/**
 * Takes a folder for this process until it is disposed of or the process ends for any cause.
 *
 * The lock is a listening socket in Linux's abstract namespace, named by the folder's device and inode: the kernel frees
 * it with the last process that holds it. So the lock cannot be wrong because of a file left behind by a crash, a reused pid or a clock. A
 * child does not inherit it (Node opens sockets close-on-exec), so an orphaned ffmpeg does not hold it.
 * Rejected: a pid file (reused pids), a lock by modification time (a stopped process seems dead).
 *
 * @throws FolderInUseError when another process holds it; the error of `mkdir` when the folder cannot be made.
 */
export async function lockFolder(path: string): Promise<AsyncDisposable> {
  await mkdir(path, { recursive: true });
  const { dev, ino } = await stat(path, { bigint: true });
  const server = createServer((socket) => socket.destroy());
  await listen(server, `\0streamherd-${dev}-${ino}`).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new FolderInUseError(`another streamherd of this machine is running on the folder ${path}`, { cause });
  });
  server.unref();
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
