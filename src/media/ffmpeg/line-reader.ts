import { StringDecoder } from 'node:string_decoder';

export const MAX_LINE_LENGTH = 4096;
export const MAX_TAIL_LINES = 100;

/** Cuts what a pipe delivers into lines, however it was chunked. A longer line keeps its first 4096 characters. */
export class LineReader {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** The lines that `chunk` completes, without their ends. */
  push(chunk: Uint8Array): readonly string[] {
    const pieces = this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)).split('\n');
    const last = pieces.pop() ?? '';
    const lines = pieces.map((piece) => {
      const line = this.#rest + piece;
      this.#rest = '';
      return line.slice(0, MAX_LINE_LENGTH).replace(/\r$/, '');
    });
    // Cut while it grows, or a source of endless garbage would fill the memory.
    this.#rest = (this.#rest + last).slice(0, MAX_LINE_LENGTH);
    return lines;
  }

  /** The line that the end of the pipe left unfinished. */
  end(): readonly string[] {
    const line = (this.#rest + this.#decoder.end()).slice(0, MAX_LINE_LENGTH);
    this.#rest = '';
    return line === '' ? [] : [line];
  }
}

/** The last lines of a log: what explains an end is at the end. */
export class LineTail {
  readonly #lines: string[] = [];

  push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_TAIL_LINES) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
