import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { tempFolder } from './temp-folder.ts';

const run = promisify(execFile);

/**
 * A file system over `folder` that never answers: every call into it hangs, in whatever process, until it is released, after which
 * every call fails. Files that are open already stay as they were. It is a FUSE mount without a process that serves it.
 */
export class HangingDisk implements AsyncDisposable {
  readonly #folder: string;
  readonly #release: () => Promise<void>;

  private constructor(folder: string, release: () => Promise<void>) {
    this.#folder = folder;
    this.#release = release;
  }

  /** Why this machine allows no such file system; `undefined`: it does. */
  static async whyNot(): Promise<string | undefined> {
    await using folder = await tempFolder();
    try {
      await using _disk = await HangingDisk.over(folder.path);
      return undefined;
    } catch (error) {
      return `no file system can be mounted here: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** @throws Error where this process may not mount. */
  static async over(folder: string): Promise<HangingDisk> {
    const device = await open('/dev/fuse', 'r+');
    const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other';
    // `-i`: without the helper program, which would serve the mount.
    const mount = spawn('mount', ['-i', '-t', 'fuse', '-o', options, 'hanging', folder], {
      stdio: ['ignore', 'ignore', 'pipe', device.fd],
    });
    let said = '';
    mount.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const [code] = (await once(mount, 'close')) as [number | null];
    if (code !== 0) {
      await device.close();
      throw new Error(`cannot mount over ${folder}: ${said.trim()}`);
    }
    return new HangingDisk(folder, () => device.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#release();
    await run('umount', ['--lazy', this.#folder]);
  }
}
