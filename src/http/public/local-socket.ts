import { closeSync, constants, openSync } from 'node:fs';
import { chmod, lstat, mkdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { LOCAL_SOCKET } from '../../domain/local-socket.ts';

/** Commands of this host's operators at once; each has one connection. */
const MAX_CONNECTIONS = 64;
const OWN = 0o600;
const PRIVATE_FOLDER = 0o700;
const WRITABLE_BY_OTHERS = 0o022;
/** The folder where the socket is made, which no other user can enter, until only its owner may open it. */
const MAKING = '.streamherd.sock-new';

/**
 * The socket in the data folder over which the command line of this host reaches its server. Only the server's own user and root
 * may open it, and they may do everything: they could read the configuration and end the server anyway.
 *
 * The folder is opened once and everything is done within what was opened, by `/proc/self/fd`: so no part of its path can be
 * exchanged on the way, and a path that is longer than a socket's address may be (107 bytes) does no harm. A socket that an
 * ended server left behind is replaced, since the folder's lock proves that the server has ended; anything else with that name, a link
 * too, is refused.
 */
export class LocalSocket {
  readonly #server: Server;
  readonly #folder: number;

  private constructor(server: Server, folder: number) {
    this.#server = server;
    this.#folder = folder;
  }

  /** @throws Error that says what is wrong with the folder. */
  static async open(path: string, handle: RequestListener): Promise<LocalSocket> {
    const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    const server = createServer(handle);
    server.maxConnections = MAX_CONNECTIONS;
    try {
      await checkFolder(path, within(folder));
      await listen(server, within(folder));
      return new LocalSocket(server, folder);
    } catch (error) {
      server.close();
      closeSync(folder);
      throw error;
    }
  }

  async close(): Promise<void> {
    await unlink(`${within(this.#folder)}/${LOCAL_SOCKET}`).catch(() => undefined);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    closeSync(this.#folder);
  }
}

function within(folder: number): string {
  return `/proc/self/fd/${folder}`;
}

async function checkFolder(path: string, folder: string): Promise<void> {
  const { uid, mode } = await stat(folder);
  if (uid !== 0 && uid !== process.geteuid?.()) {
    throw new Error(`${path} belongs to another user (${uid}): expected this one (${process.geteuid?.()}) or root`);
  }
  // A user who may write there could put another socket in its place.
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    throw new Error(`${path} may be written by other users: expected "chmod go-w" of it`);
  }
  const found = await lstat(`${folder}/${LOCAL_SOCKET}`).catch(() => undefined);
  if (found && !found.isSocket()) {
    const what = found.isSymbolicLink() ? 'a link' : found.isDirectory() ? 'a folder' : 'a file';
    throw new Error(`${path}/${LOCAL_SOCKET} is ${what}: expected nothing, or the socket of an earlier server`);
  }
}

async function listen(server: Server, folder: string): Promise<void> {
  const making = `${folder}/${MAKING}`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { mode: PRIVATE_FOLDER });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path: `${making}/s` }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  await chmod(`${making}/s`, OWN);
  await rename(`${making}/s`, `${folder}/${LOCAL_SOCKET}`);
  await rmdir(making);
}
