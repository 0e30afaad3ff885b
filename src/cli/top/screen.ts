import type { ReadStream, WriteStream } from 'node:tty';
import type { Line, Tone } from './columns.ts';
import type { Size } from './top-view.ts';

const ESC = '\x1b[';
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}0m${ESC}?25h${ESC}?1049l`;
const STYLES: Readonly<Record<Tone, string>> = {
  plain: '0',
  head: '0;1',
  good: '0;32',
  bad: '0;1;31',
  doubtful: '0;33',
  quiet: '0;2',
};
const COLOURLESS: Readonly<Record<Tone, string>> = { ...STYLES, good: '0', bad: '0;1', doubtful: '0;4' };
const ENDS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;
const FALLBACK: Size = { columns: 80, rows: 24 };

export interface ScreenOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly hasColour: boolean;
  readonly onKeys: (text: string) => void;
  readonly onResize: () => void;
  /** A signal, or the end of the terminal. */
  readonly onEnd: () => void;
}

/** The terminal as one picture. It is given back as it was, however this process ends short of SIGKILL. */
export class Screen implements Disposable {
  readonly #options: ScreenOptions;
  #shown = '';
  #isOpen = true;

  constructor(options: ScreenOptions) {
    this.#options = options;
    const { input, output, onKeys, onResize, onEnd } = options;
    // Also when an error ends the process.
    process.on('exit', this.#leave);
    for (const signal of ENDS) process.on(signal, onEnd);
    input.setRawMode(true);
    input.setEncoding('utf8').on('data', onKeys).on('end', onEnd).on('error', onEnd);
    output.on('resize', onResize).on('error', onEnd);
    output.write(ENTER);
  }

  get size(): Size {
    const { columns = 0, rows = 0 } = this.#options.output;
    return columns > 0 && rows > 0 ? { columns, rows } : FALLBACK;
  }

  /** Writes nothing when nothing has changed. */
  draw(lines: readonly Line[]): void {
    const styles = this.#options.hasColour ? STYLES : COLOURLESS;
    const picture = lines.map(({ text, tone }) => `${ESC}${styles[tone]}m${text}${ESC}0m${ESC}K`).join('\r\n');
    if (picture === this.#shown || !this.#isOpen) return;
    this.#shown = picture;
    this.#options.output.write(`${ESC}H${picture}${ESC}J`);
  }

  /** After a resize: what stands there is not what was drawn. */
  forget(): void {
    this.#shown = '';
  }

  [Symbol.dispose](): void {
    const { input, output, onKeys, onResize, onEnd } = this.#options;
    this.#leave();
    process.removeListener('exit', this.#leave);
    for (const signal of ENDS) process.removeListener(signal, onEnd);
    input.off('data', onKeys).off('end', onEnd);
    output.off('resize', onResize);
    input.pause();
  }

  readonly #leave = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { input, output } = this.#options;
    output.write(LEAVE);
    if (!input.destroyed) input.setRawMode(false);
  };
}
