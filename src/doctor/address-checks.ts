import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Config, defaultBeats, type Https, type Listen, localUrl } from '../config/config.ts';
import { codeOf, systemReason } from '../domain/system-error.ts';
import { type CertificateFiles, EXPIRES_SOON_MS, readCertificate } from '../host/tls-certificate.ts';
import { SERVER_HEADER } from '../http/public/health.ts';
import { type Check, failure, type Outcome, ok, warning } from './check.ts';
import { unknownHosts } from './host-lookups.ts';

const LIVEZ_WITHIN_MS = 3000;
const FREE_PORTS_FROM = 1024;

/** Checks of the addresses that a server listens on, and of the names in its file that have to be reachable. */
export function addressChecks(config: Config, hosts: readonly string[]): readonly Check[] {
  const { http, https, beats, clusterKey } = config;
  const beatsCheck: Check = {
    name: 'beats port',
    run: () => portOutcome(config, beats ?? defaultBeats(http), beats === undefined),
  };
  return [
    { name: 'http port', run: () => portOutcome(config, http, false) },
    ...(https === undefined ? [] : httpsChecks(config, https)),
    ...(clusterKey === undefined ? [] : [beatsCheck]),
    { name: 'names', run: () => nameOutcomes(hosts) },
  ];
}

function httpsChecks(config: Config, https: Https): readonly Check[] {
  return [
    { name: 'https port', run: () => portOutcome(config, https, false) },
    { name: 'certificate', run: () => certificateOutcome(https) },
  ];
}

/** An error names the file. */
export async function certificateOutcome(files: CertificateFiles, unixMs = Date.now()): Promise<Outcome> {
  const { certFile } = files;
  const { expiresMs, names } = await readCertificate(files);
  const end = new Date(expiresMs).toISOString();
  if (expiresMs <= unixMs) return failure(`${certFile} expired at ${end}`);
  const isSoon = expiresMs - unixMs < EXPIRES_SOON_MS;
  return (isSoon ? warning : ok)(`${certFile} is for ${names}, and expires at ${end}`);
}

async function portOutcome(config: Config, listen: Listen, orAnyOther: boolean): Promise<Outcome> {
  const place = `${listen.address === undefined ? 'port ' : `${listen.address}:`}${listen.port}`;
  const error = await listenError(listen);
  if (error === undefined) return ok(`${place} can be listened on`);
  if (codeOf(error) !== 'EADDRINUSE') return failure(`${place} cannot be listened on: ${refusal(error, listen.port)}`);
  if (await isRunning(config)) return ok(`${place} is in use, and ${config.serverName} is running here`);
  if (orAnyOther) return warning(`${place} is in use: any other is taken, which no firewall knows of (see "beats")`);
  return failure(`${place} is in use by another program`);
}

async function listenError({ address, port }: Listen): Promise<unknown> {
  const server = createServer();
  try {
    server.listen({ port, ...(address !== undefined && { host: address }) });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return error;
  } finally {
    server.close();
  }
}

export function refusal(error: unknown, port: number): string {
  const isReserved = codeOf(error) === 'EACCES' && port < FREE_PORTS_FROM;
  return `${systemReason(error)}${isReserved ? `: ports below ${FREE_PORTS_FROM} need root or CAP_NET_BIND_SERVICE` : ''}`;
}

/** The server of this file, on this host. */
export async function isRunning(config: Pick<Config, 'http' | 'serverName'>): Promise<boolean> {
  try {
    const answer = await fetch(`${localUrl(config)}/livez`, { signal: AbortSignal.timeout(LIVEZ_WITHIN_MS) });
    await answer.body?.cancel();
    return answer.headers.get(SERVER_HEADER) === config.serverName;
  } catch {
    return false;
  }
}

async function nameOutcomes(hosts: readonly string[]): Promise<Outcome | readonly Outcome[]> {
  const unknown = await unknownHosts(hosts);
  if (hosts.length === 0) return ok('the file names no other host');
  if (unknown.size === 0) return ok('each host that the file names is known');
  return [...unknown].map(([host, why]) => warning(`the name ${host} cannot be looked up on this machine: ${why}`));
}
