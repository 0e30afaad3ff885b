import { parseStreamName } from '../../../domain/definition/stream-name.ts';
import type { HerdApi } from '../herd-api.ts';

/** The names of streams by the hosts of their inputs, which are mostly addresses. */
export function streamsByHost(herd: Pick<HerdApi, 'page' | 'stream'>): ReadonlyMap<string, readonly string[]> {
  const byHost = new Map<string, string[]>();
  for (const { name } of herd.page(Number.POSITIVE_INFINITY).streams) {
    const known = parseStreamName(name);
    const inputs = (known && herd.stream(known)?.definition?.inputs) ?? [];
    const hosts = inputs.flatMap((url) => (URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : []));
    for (const host of new Set(hosts)) byHost.set(host, [...(byHost.get(host) ?? []), name]);
  }
  return byHost;
}
