import type { HerdPicture } from './herd-picture.ts';
import { changeTexts, tableText } from './picture-text.ts';

/** Shows pictures: on a terminal a table in place, elsewhere a line for each change. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  #shown: HerdPicture | undefined;
  #height = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    // The reader went away: the demo goes on until it is told to stop.
    out.on('error', () => {});
  }

  say(text: string): void {
    this.#out.write(`${text}\n`);
    this.#height = 0;
  }

  show(picture: HerdPicture): void {
    const nowMs = Date.now();
    if (this.#out.isTTY) {
      const text = tableText(picture, nowMs, this.#out.columns);
      const back = this.#height > 0 ? `\x1b[${this.#height}A\x1b[J` : '';
      this.#out.write(`${back}${text}\n`);
      this.#height = text.split('\n').length;
    } else {
      for (const line of changeTexts(this.#shown, picture)) this.#out.write(`${line}\n`);
    }
    this.#shown = picture;
  }
}

/** Calls `pressed` for each key until disposed; does nothing where stdin is no terminal. */
export function readKeys(input: NodeJS.ReadStream, pressed: (key: string) => void): Disposable {
  if (!input.isTTY) return { [Symbol.dispose]: () => {} };
  const listener = (bytes: Buffer) => {
    for (const key of String(bytes)) pressed(key);
  };
  input.setRawMode(true);
  input.on('data', listener);
  return {
    [Symbol.dispose]: () => {
      input.off('data', listener);
      input.setRawMode(false);
      input.pause();
    },
  };
}
