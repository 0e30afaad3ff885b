import { Gate } from '../domain/gate.ts';
import { scrubText } from '../domain/text/secrets.ts';
import { execa } from '../host/system/execa.ts';
import { type Tools, wrapCommand } from '../media/ffmpeg/wrapped-command.ts';
import { type KeyFrame, keyFrameArguments, keyFramesOf } from '../media/key-frame-pictures.ts';

/** No picture could be made of a segment. */
export class KeyFrameError extends Error {
  override readonly name = 'KeyFrameError';
}

/** The key frames of one segment, the first one at 0 ms. Rejects with `KeyFrameError`, `GateFullError` and the signal's reason. */
export type KeyFramesOf = (segment: Uint8Array, signal?: AbortSignal) => Promise<readonly KeyFrame[]>;

/** Decoding takes a core for a moment, which captures need more. */
const AT_ONCE = 2;
const MAX_WAITING = 32;
const DEADLINE_MS = 5000;
/** Some dozen pictures: a segment seldom has more than two key frames. */
const MAX_PICTURES_BYTES = 16 * 1024 * 1024;

export function keyFrames(tools: Tools): KeyFramesOf {
  const gate = new Gate({ places: AT_ONCE, maxWaiting: MAX_WAITING });
  return (segment, signal) => gate.run(() => decode(segment, tools), signal);
}

async function decode(segment: Uint8Array, tools: Tools): Promise<readonly KeyFrame[]> {
  const [file, args] = wrapCommand(keyFrameArguments(), tools);
  const result = await execa(file, args, {
    encoding: 'buffer',
    reject: false,
    input: segment,
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_PICTURES_BYTES,
  });
  if (result.timedOut) throw new KeyFrameError(`no picture within ${DEADLINE_MS} ms`);
  const said = Buffer.from(result.stderr ?? []).toString('utf8');
  const frames = keyFramesOf(Buffer.from(result.stdout ?? []), said);
  if (frames.length > 0) return frames;
  const last = said.trim().split('\n').at(-1) ?? '';
  throw new KeyFrameError(`the segment has no picture to show: ${scrubText(last)}`);
}
