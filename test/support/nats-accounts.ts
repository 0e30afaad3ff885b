import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CONF = fileURLToPath(new URL('../../../nats-server.conf', import.meta.url));

export const VIEWER = { user: 'viewer', password: 'password-of-viewers' };
export const PUBLISHER = { user: 'publisher', password: 'password-of-publishers' };

/** The accounts of `nats-server.conf`, with passwords of the test's: lines of a configuration file. */
export function accountLines(clusterKey: string): string {
  const [accounts] = /^accounts \{[\s\S]*?^\}/m.exec(readFileSync(CONF, 'utf8')) ?? [];
  if (accounts === undefined) throw new Error(`${CONF} has no accounts`);
  return accounts
    .replaceAll('$STREAMHERD_CLUSTER_KEY', `"${clusterKey}"`)
    .replaceAll('$VIEWER_PASSWORD', `"${VIEWER.password}"`)
    .replaceAll('$PUBLISHER_PASSWORD', `"${PUBLISHER.password}"`);
}
