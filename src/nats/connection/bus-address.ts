import { BusSetupError } from './bus-error.ts';

/** How to get to the bus, as the configuration says it: also for a thread or a process that makes a connection of its own. */
export interface BusAccess {
  /** `nats://[user[:password]@]host[:port]`; a user without password is a token. */
  readonly servers: readonly string[];
  /** For addresses without credentials of their own: as a token, and as the password of the user `herd`. */
  readonly token?: string;
}

export interface BusAddress {
  /** `host:port`. */
  readonly host: string;
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
}

const DEFAULT_PORT = '4222';

/**
 * Reads `nats://` URLs. The library is given bare hosts: its own reading of a URL takes the digits of a password
 * (`u:12x@host`) for the port.
 *
 * @throws BusSetupError naming the address without its credentials.
 */
export function parseBusAddresses(urls: readonly string[]): BusAddress[] {
  if (urls.length === 0) throw new BusSetupError('expected at least one NATS address, found none');
  return urls.map(parseBusAddress);
}

function parseBusAddress(text: string): BusAddress {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `nats://${text}`;
  const [scheme = '', rest = ''] = withScheme.split(/:\/\/(.*)/s);
  const shown = rest.replace(/^.*@/s, '');
  if (!/^(nats|tls)$/i.test(scheme)) {
    throw new BusSetupError(
      `expected a NATS address such as nats://10.0.0.1:4222, found scheme "${scheme}" (${shown})`,
    );
  }
  // `http` makes URL check the host; it hides only port 80, which is told apart below.
  const url = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
  if (url === undefined || url.hostname === '') {
    throw new BusSetupError(`expected a NATS address such as nats://10.0.0.1:4222, found "${shown}"`);
  }
  const port = url.port || (/:80\/?$/.test(rest) ? '80' : DEFAULT_PORT);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    host: `${url.hostname}:${port}`,
    tls: /^tls$/i.test(scheme),
    ...(user !== '' && password !== '' ? { user, password } : {}),
    ...(user !== '' && password === '' ? { token: user } : {}),
  };
}
