import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { scrubText } from '../domain/text/secrets.ts';
import { execa } from '../host/system/execa.ts';
import { type Tools, wrapCommand } from '../media/ffmpeg/wrapped-command.ts';
import { type Mp4Options, mp4Arguments } from '../media/mp4-command.ts';

/** No whole MP4 could be made. */
export class Mp4Error extends Error {
  override readonly name = 'Mp4Error';
}

export interface Mp4Input extends Mp4Options {
  /** MPEG-TS, read only as fast as the MP4 is taken. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Ends ffmpeg: nothing waits for the MP4 any more. */
  readonly signal: AbortSignal;
}

/** An MP4 in pieces. Its ffmpeg is dead when the iteration ends, however it does; it rejects with what the source rejects with, and with `Mp4Error`. */
export type Mp4Of = (input: Mp4Input) => AsyncGenerator<Uint8Array>;

/** Of what ffmpeg says of its end, the last of it. */
const MAX_SAID_BYTES = 4096;

export function mp4s(tools: Tools): Mp4Of {
  return async function* copied({ source, signal, ...options }) {
    signal.throwIfAborted();
    const [file, args] = wrapCommand(mp4Arguments(options), tools);
    const subprocess = execa(file, args, {
      buffer: false,
      reject: false,
      forceKillAfterDelay: false,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const kill = () => void subprocess.kill('SIGKILL');
    signal.addEventListener('abort', kill);
    const over = new AbortController();
    const said = lastOf(subprocess.stderr);
    let broken: unknown;
    // An end of the source that is none of the recording must not look like the end of the file.
    const feeding = pipeline(Readable.from(source, { objectMode: false }), subprocess.stdin, {
      signal: over.signal,
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || over.signal.aborted) return;
      broken = error;
      kill();
    });
    try {
      for await (const bytes of subprocess.stdout) yield bytes as Uint8Array; // stdout without an encoding
      const { exitCode, signal: killedBy, originalMessage } = await subprocess;
      if (subprocess.pid === undefined) {
        throw new Mp4Error(`ffmpeg cannot be started: ${scrubText(originalMessage ?? 'no process')}`);
      }
      await feeding;
      if (broken !== undefined) throw broken;
      if (signal.aborted) throw new Mp4Error('it was cancelled');
      if (exitCode !== 0) throw new Mp4Error(`ffmpeg ended with ${killedBy ?? exitCode}: ${scrubText(said())}`);
    } finally {
      over.abort();
      kill();
      signal.removeEventListener('abort', kill);
      await subprocess;
      await feeding;
    }
  };
}

/** Reads all, and keeps the last of it. */
function lastOf(stream: Readable): () => string {
  let kept = Buffer.alloc(0);
  stream
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk]).subarray(-MAX_SAID_BYTES);
    });
  return () => kept.toString('utf8').trim().split('\n').at(-1) ?? '';
}
