import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Where a server runs: two of one name differ in this. */
export interface ServerSite {
  readonly host: string;
  readonly dataDir: string;
}

/** Of the last start of this host; `undefined`: the system does not say it. */
export function ownBoot(): string | undefined {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

export function ownSite(dataDir: string): ServerSite {
  return { host: hostname(), dataDir };
}
