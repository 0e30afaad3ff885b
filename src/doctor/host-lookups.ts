import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { someAtOnce } from '../domain/gate.ts';
import { codeOf } from '../domain/system-error.ts';

/** As many as libuv asks at once by default: more would only wait there. */
const LOOKUPS_AT_ONCE = 4;
/** A name server that does not answer takes as long for each name: the names behind that are not tried. */
const LOOKUPS_WITHIN_MS = 10_000;
const NOT_FOUND: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'no name server answers',
};

/** Those of `hosts` that cannot be looked up, and why. By the host's own means, `/etc/hosts` included, as the server itself will. */
export async function unknownHosts(hosts: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const names = [...new Set(hosts)].filter((host) => isIP(host) === 0);
  const found = new Map<string, string>();
  const endMs = performance.now() + LOOKUPS_WITHIN_MS;
  await someAtOnce(names, LOOKUPS_AT_ONCE, async (host) => {
    const failure = performance.now() > endMs ? 'it was not tried, as others took too long' : await lookupFailure(host);
    if (failure !== undefined) found.set(host, failure);
  });
  return found;
}

async function lookupFailure(host: string): Promise<string | undefined> {
  try {
    await lookup(host);
    return undefined;
  } catch (error) {
    return NOT_FOUND[codeOf(error)] ?? String(error);
  }
}
