/** `  Stream #0:1[0x101](eng): Audio: opus (Opus / 0x7375704F), 48000 Hz`, within what ffmpeg says of its input. */
const SOUND = /^\[info\]\s+Stream #0:(\d+)(?:\[0x[\da-f]+\])?(?:\([^)]*\))?: Audio: (\w+)/;
/** `  Stream #0:1 -> #0:1 (copy)`, also `(pcm_mulaw (native) -> aac (native))`. */
const MAPPED = /^\[info\]\s+Stream #0:(\d+) -> #0:\d+ \(/;
const INPUT = /^\[info\] Input #0, /;
const OUTPUT = /^\[info\] Output #0, /;
/** Of a source with more streams of sound, the last ones are not told. */
const MAX_STREAMS = 64;

/** What ffmpeg tells of itself, as opposed to what it complains of. */
const TOLD = /^(?:\[[^\]]*\] )?\[info\]/;

export function isTold(line: string): boolean {
  return TOLD.test(line);
}

/**
 * Finds in ffmpeg's log which sound of its source it takes. ffmpeg lists the streams of its input, and then, before it writes
 * anything, which of them go into its output: of several it takes the best.
 */
export class SoundReader {
  readonly #codecs = new Map<string, string>();
  #isInput = false;
  #isFound = false;

  /** The codec, by ffmpeg's name, from the line that settles it. */
  read(line: string): string | undefined {
    if (this.#isFound || !line.startsWith('[info]')) return undefined;
    if (INPUT.test(line)) this.#isInput = true;
    else if (OUTPUT.test(line)) this.#isInput = false;
    const [, stream, codec] = (this.#isInput && SOUND.exec(line)) || [];
    if (stream !== undefined && codec !== undefined && this.#codecs.size < MAX_STREAMS) {
      this.#codecs.set(stream, codec);
    }
    const taken = this.#codecs.get(MAPPED.exec(line)?.[1] ?? '');
    this.#isFound = taken !== undefined;
    return taken;
  }
}
