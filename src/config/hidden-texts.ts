import { secretsOfReceiver } from '../domain/notify/receiver.ts';
import type { Config } from './config.ts';

/** Every text of a configuration that only this server may know: the log hides each, wherever it stands. */
export function secretsOf({
  clusterKey,
  access,
  notify,
}: Pick<Config, 'clusterKey' | 'access' | 'notify'>): readonly string[] {
  const passwords = access.users.map(({ password }) => password);
  return [clusterKey, ...passwords, ...notify.flatMap(secretsOfReceiver)].filter((secret) => secret !== undefined);
}
