import { sameSource } from '../../../domain/definition/source-url.ts';
import { parseStreamName } from '../../../domain/definition/stream-name.ts';
import type { StreamStatus } from '../../../domain/status.ts';
import type { HerdApi } from '../herd-api.ts';

/** The stream that is captured from a source at the moment, with any user; `undefined`: none. */
export function capturingStream(url: string, herd: Pick<HerdApi, 'page' | 'stream'>): StreamStatus | undefined {
  const { streams } = herd.page(Number.POSITIVE_INFINITY);
  return streams.find((status) => {
    const name = parseStreamName(status.name);
    if (name === undefined || status.server === undefined) return false;
    const used = herd.stream(name)?.definition?.inputs[status.input ?? 0];
    return used !== undefined && sameSource(used, url);
  });
}
