import type { StreamName } from '../../domain/definition/stream-name.ts';

/** A source whose sound is told once more than this is not kept: a definition has at most 16, and seldom changes. */
const MAX_SOURCES = 32;

/**
 * Which codec the sound of a stream's sources has, as any owner of the stream has told. It outlives that owner: the next one
 * need not open the camera twice to learn it. By URL, so that a source that replaces another begins unknown.
 */
export class SourceSounds {
  readonly #codecs = new Map<StreamName, Map<string, string>>();

  note(stream: StreamName, url: string, codec: string): void {
    const codecs = this.#codecs.get(stream) ?? new Map<string, string>();
    this.#codecs.set(stream, codecs);
    if (!codecs.has(url) && codecs.size >= MAX_SOURCES) codecs.clear();
    codecs.set(url, codec);
  }

  of(stream: StreamName, url: string): string | undefined {
    return this.#codecs.get(stream)?.get(url);
  }

  /** The stream is gone. */
  forget(stream: StreamName): void {
    this.#codecs.delete(stream);
  }
}
