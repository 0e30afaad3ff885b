import { scrubText } from '../domain/text/secrets.ts';
import { execa } from '../host/system/execa.ts';
import { type Tools, wrapCommand } from '../media/ffmpeg/wrapped-command.ts';
import { lastJpeg, previewArguments } from '../media/preview-picture.ts';

export type PreviewProblem = 'busy' | 'timeout' | 'cancelled' | 'undecodable';

/** No picture could be made. */
export class PreviewError extends Error {
  override readonly name = 'PreviewError';
  readonly problem: PreviewProblem;

  constructor(problem: PreviewProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** Decoding takes a core for a moment, which captures need more. */
export const PREVIEWS_AT_ONCE = 2;
export const MAX_WAITING_PREVIEWS = 32;
export const PREVIEW_DEADLINE_MS = 5000;
const MAX_PREVIEW_BYTES = 8 * 1024 * 1024;

/** @returns a JPEG of the newest key frame of a closed segment. Rejects with `PreviewError`. */
export type PreviewOf = (segmentFile: string, options?: { readonly signal?: AbortSignal }) => Promise<Buffer>;

export function previews(tools: Tools): PreviewOf {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (segmentFile, { signal } = {}) => {
    if (running >= PREVIEWS_AT_ONCE) {
      if (waiting.length >= MAX_WAITING_PREVIEWS) throw new PreviewError('busy', 'too many previews are being made');
      // A task that ends hands its place to the next one that waits, so that no later one can take it first.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await decode(segmentFile, tools, signal);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

async function decode(segmentFile: string, tools: Tools, signal: AbortSignal | undefined): Promise<Buffer> {
  if (signal?.aborted) throw new PreviewError('cancelled', 'no request waits for the preview any more');
  const [file, args] = wrapCommand(previewArguments(segmentFile), tools);
  const result = await execa(file, args, {
    encoding: 'buffer',
    reject: false,
    stdin: 'ignore',
    timeout: PREVIEW_DEADLINE_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_PREVIEW_BYTES,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  if (result.isCanceled) throw new PreviewError('cancelled', 'no request waits for the preview any more');
  if (result.timedOut) throw new PreviewError('timeout', `no preview within ${PREVIEW_DEADLINE_MS} ms`);
  const picture = lastJpeg(Buffer.from(result.stdout ?? []));
  if (picture === undefined) {
    const said = scrubText(
      Buffer.from(result.stderr ?? [])
        .toString('utf8')
        .trim()
        .split('\n')
        .at(-1) ?? '',
    );
    throw new PreviewError('undecodable', `the segment has no picture to show: ${said}`, { cause: result.cause });
  }
  return picture;
}
