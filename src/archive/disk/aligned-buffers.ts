/** What a disk is asked for past the kernel's memory begins and ends at a block, in the file and in the memory of the process. */
export const BLOCK_BYTES = 4096;
export const ALIGNED_BYTES = 1024 * 1024;
const WASM_PAGE_BYTES = 65_536;
/** Each reserves gigabytes of addresses, though no memory: see `take`. */
const MOST = 4;

/** What is used here of WebAssembly, of which the types of Node say nothing. */
declare const WebAssembly: {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
  }) => { readonly buffer: ArrayBuffer };
};

/** A few buffers that begin at a page of memory. */
export class AlignedBuffers {
  readonly #free: Buffer[] = [];
  #made = 0;

  /** `undefined`: all are in use, or there can be none here. */
  take(): Buffer | undefined {
    const free = this.#free.pop();
    if (free !== undefined || this.#made >= MOST) return free;
    this.#made += 1;
    try {
      // Node tells no address of a buffer; the memory of a WebAssembly module always begins at a page.
      const pages = ALIGNED_BYTES / WASM_PAGE_BYTES;
      return Buffer.from(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
    } catch {
      return undefined;
    }
  }

  give(buffer: Buffer): void {
    this.#free.push(buffer);
  }
}
