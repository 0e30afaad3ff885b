import type { CameraHost } from './camera.ts';

export const HOST_EXPECTED =
  'the IP address of a camera, with or without the port of its HTTP server: 10.1.1.7, 10.1.1.7:8080, [fd00::7]:8080';

const IPV4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?::(\d{1,5}))?$/;
const IPV6 = /^(?:\[([0-9a-f:.]{2,45})\](?::(\d{1,5}))?|([0-9a-f:.]{2,45}))$/i;

/** `undefined`: it is no address of one host. Names are none: a look-up that hangs would hold a thread that captures need. */
export function parseCameraHost(text: string): CameraHost | undefined {
  const [, four, portOfFour] = IPV4.exec(text) ?? [];
  const [, six, portOfSix, bareSix] = IPV6.exec(text) ?? [];
  const address = normalAddress(four ?? six ?? bareSix ?? '');
  const port = portOfFour ?? portOfSix;
  if (address === undefined || isOfNoHost(address)) return undefined;
  if (port === undefined) return { address };
  return Number(port) >= 1 && Number(port) <= 65_535 ? { address, port: Number(port) } : undefined;
}

/** The one way to write an IP address; `undefined`: it is none. */
export function normalAddress(text: string): string | undefined {
  const url = `http://${inUrl(text)}/`;
  if (!URL.canParse(url)) return undefined;
  const address = new URL(url).hostname.replace(/^\[|\]$/g, '');
  // Names are left as they are by that, and `010.1.1.7` becomes another address.
  return text.includes(':') || (IPV4.test(text) && address === text) ? address : undefined;
}

/** An IP address as URLs write it. */
export function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** Every address, many hosts, or all of a network. `0.0.0.0` would be this machine itself. */
function isOfNoHost(address: string): boolean {
  if (address.includes(':')) return address === '::' || /^ff/.test(address) || /^::ffff:/.test(address);
  const first = Number(address.split('.', 1)[0]);
  return first === 0 || first >= 224;
}
