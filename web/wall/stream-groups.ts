import type { StreamStatus } from '../../src/domain/status.ts';

export interface StreamGroup {
  /** Empty: streams that share their prefix with no other one. */
  readonly prefix: string;
  readonly streams: readonly StreamStatus[];
}

/**
 * What stands before the last slash of a name; without one, what stands before the first `-`, `_` or `.`, or before its number: so
 * "hall/cam1" is of "hall", "gate-north" of "gate", and "cam01" of "cam".
 */
export function prefixOf(name: string): string {
  const slash = name.lastIndexOf('/');
  if (slash >= 0) return name.slice(0, slash);
  return /^[A-Za-z]+(?=[-_.\d])/.exec(name)?.[0] ?? '';
}

/** In the order of `streams`; what is of no group comes last. */
export function groupsOf(streams: readonly StreamStatus[]): readonly StreamGroup[] {
  const byPrefix = new Map<string, StreamStatus[]>();
  for (const stream of streams) {
    const prefix = prefixOf(stream.name);
    const group = byPrefix.get(prefix);
    if (group === undefined) byPrefix.set(prefix, [stream]);
    else group.push(stream);
  }
  const groups = [...byPrefix].map(([prefix, group]) => ({ prefix, streams: group }));
  const isGroup = ({ prefix, streams: { length } }: StreamGroup) => prefix !== '' && length > 1;
  const alone = groups.filter((group) => !isGroup(group)).flatMap((group) => group.streams);
  const shared = groups.filter(isGroup);
  return alone.length === 0 ? shared : [...shared, { prefix: '', streams: alone }];
}
