import { execFile } from 'node:child_process';
import { copyFile, mkdir, open, readFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { tempFolder } from '../temp-folder.ts';

const run = promisify(execFile);
const CHUNKS = [Buffer.alloc(256 * 1024), Buffer.alloc(4096)];

/** A file system of its own in a file: a disk that can be filled, made read-only, halted, taken away, and copied as a power loss leaves it. */
export class ImageDisk implements AsyncDisposable {
  readonly folder: string;
  readonly #image: string;
  #isHalted = false;
  #isMounted = true;

  private constructor(image: string, folder: string) {
    this.#image = image;
    this.folder = folder;
  }

  /** Why there are none on this machine; `undefined`: there are. */
  static async whyNot(): Promise<string | undefined> {
    await using temp = await tempFolder();
    try {
      await using _disk = await ImageDisk.make(temp.path, 'trial');
      return undefined;
    } catch (error) {
      return `no file system can be mounted here: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** An empty one, mounted on `<where>/<name>`. @throws Error where this process may not mount. */
  static async make(where: string, name: string, mebibytes = 16): Promise<ImageDisk> {
    const image = `${where}/${name}.image`;
    const file = await open(image, 'w');
    await file.truncate(mebibytes * 1024 ** 2);
    await file.close();
    await run('mkfs.ext4', ['-q', '-O', '^resize_inode', image]);
    return ImageDisk.mount(image, `${where}/${name}`);
  }

  static async mount(image: string, folder: string): Promise<ImageDisk> {
    await mkdir(folder, { recursive: true });
    await run('mount', ['-o', 'loop', image, folder]);
    return new ImageDisk(image, folder);
  }

  /** Takes all room that is left. */
  async fill(): Promise<void> {
    await using file = await open(`${this.folder}/ballast`, 'a');
    for (const chunk of CHUNKS) while (await isWritten(file.write(chunk), chunk.length));
  }

  async empty(): Promise<void> {
    await rm(`${this.folder}/ballast`, { force: true });
  }

  /** As by a kernel that has met an error of the disk: whatever is open, nothing can be written from now on. */
  async makeReadOnly(): Promise<void> {
    await run('mount', ['-o', 'remount,abort', this.folder]).catch(() => {});
  }

  /** Every write hangs until `goOn`. */
  async halt(): Promise<void> {
    this.#isHalted = true;
    await run('fsfreeze', ['--freeze', this.folder]);
  }

  async goOn(): Promise<void> {
    if (!this.#isHalted) return;
    this.#isHalted = false;
    await run('fsfreeze', ['--unfreeze', this.folder]);
  }

  /** Takes it away, also while files on it are open. */
  async unmount(): Promise<void> {
    if (!this.#isMounted) return;
    this.#isMounted = false;
    await run('umount', ['--lazy', this.folder]);
  }

  /**
   * The image as it is at one moment, as a power loss leaves it. It is read twice until both are the same, since reading takes a while
   * in which the kernel may write.
   */
  async copy(to: string): Promise<void> {
    for (;;) {
      await copyFile(this.#image, to);
      const [one, other] = await Promise.all([readFile(to), readFile(this.#image)]);
      if (one.equals(other)) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goOn();
    await this.unmount();
  }
}

async function isWritten(writing: Promise<{ readonly bytesWritten: number }>, bytes: number): Promise<boolean> {
  try {
    return (await writing).bytesWritten === bytes;
  } catch {
    return false;
  }
}
