import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PRELOADED = fileURLToPath(new URL('../../../test/fixtures/clock-ahead.mjs', import.meta.url));

/** Wall clocks of servers that can be set, each for all processes and threads of its server at once. ffmpeg and files keep the machine's time. */
export class SteppedClocks {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param folder theirs alone. */
  static async in(folder: string, servers: readonly string[]): Promise<SteppedClocks> {
    const clocks = new SteppedClocks(folder);
    for (const server of servers) await writeFile(clocks.#fileOf(server), bytesOf(0));
    return clocks;
  }

  /** What the server is started with. */
  envOf(server: string): Readonly<Record<string, string>> {
    return { NODE_OPTIONS: `--import=${PRELOADED}`, CLOCK_AHEAD_FILE: this.#fileOf(server) };
  }

  /** From now on the server's clock differs by so much from the machine's. */
  async step(server: string, aheadMs: number): Promise<void> {
    // Written over in one call: a file that is empty for a moment would be no number.
    await using file = await open(this.#fileOf(server), 'r+');
    await file.write(bytesOf(aheadMs), 0, 8, 0);
  }

  #fileOf(server: string): string {
    return join(this.#folder, `${server}.clock`);
  }
}

function bytesOf(aheadMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(aheadMs);
  return bytes;
}
