import { BlockList, isIP, isIPv6 } from 'node:net';

/** What a request says of how it came here; `header` by its name in lower case. */
export interface Forwarded {
  /** Of the connection: that of a proxy, if there is one. */
  readonly remoteAddress: string;
  /** The connection is over TLS. Default: no. */
  readonly isSecure?: boolean;
  header(name: string): string | undefined;
}

/**
 * The proxies of the configuration (`trusted_proxy`). What a header says of the client counts only when the connection comes from
 * one of them: every other client can write any header.
 */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;

  /** Addresses and networks, as `10.0.0.0/8`. */
  constructor(networks: readonly string[]) {
    this.#isEmpty = networks.length === 0;
    for (const network of networks) {
      const [address = '', prefix] = network.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(prefix), family);
    }
  }

  has(address: string): boolean {
    const family = isIP(address);
    return !this.#isEmpty && family !== 0 && this.#list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }

  /**
   * The client's address. `X-Forwarded-For` is read from its end, where the nearest proxy wrote: each entry counts as long as
   * a trusted proxy has written it, so what the client wrote itself in front of that is never believed.
   */
  clientOf({ remoteAddress, header }: Forwarded): string {
    let client = plainAddress(remoteAddress);
    const entries = (header('x-forwarded-for') ?? '').split(',');
    while (this.has(client)) {
      const entry = addressOfEntry(entries.pop());
      if (entry === undefined) return client;
      client = entry;
    }
    return client;
  }

  /** What the client asked, as `https://s01.example.com`: by the request, or by what a trusted proxy says of it. */
  originOf({ remoteAddress, isSecure = false, header }: Forwarded): string {
    const isTrusted = this.has(plainAddress(remoteAddress));
    const told = (name: string) => (isTrusted ? header(name)?.split(',').at(-1)?.trim() : undefined);
    const host = told('x-forwarded-host') || header('host') || '';
    return `${told('x-forwarded-proto') || (isSecure ? 'https' : 'http')}://${host}`.toLowerCase();
  }
}

/** `::ffff:10.0.0.1`, as a listener for both families says it, is 10.0.0.1. */
export function plainAddress(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  return mapped ?? address;
}

/** What identifies a client: an IPv4 address, or the /64 network that one IPv6 client usually has. */
export function networkOf(from: string): string {
  const address = plainAddress(from);
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::') ?? [];
  const front = head.split(':').filter((group) => group !== '');
  const back = tail.split(':').filter((group) => group !== '');
  const zeros = address.includes('::') ? Array(Math.max(0, 8 - front.length - back.length)).fill('0') : [];
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** `10.0.0.1`, `10.0.0.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`. */
function addressOfEntry(entry: string | undefined): string | undefined {
  const text = entry?.trim() ?? '';
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/.exec(text) ?? [];
  const address = plainAddress(bracketed ?? plain ?? text);
  return isIP(address) === 0 ? undefined : address;
}
