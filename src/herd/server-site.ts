import { hostname } from 'node:os';

/** Where a server runs: two of one name differ in this. */
export interface ServerSite {
  readonly host: string;
  readonly dataDir: string;
}

export function ownSite(dataDir: string): ServerSite {
  return { host: hostname(), dataDir };
}
