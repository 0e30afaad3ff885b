import type { Config } from './config.ts';

/** Every text of a configuration that only this server may know: the log hides each, wherever it stands. */
export function secretsOf({ clusterKey, access }: Pick<Config, 'clusterKey' | 'access'>): readonly string[] {
  const passwords = access.users.map(({ password }) => password);
  return [clusterKey, ...passwords].filter((secret) => secret !== undefined);
}
